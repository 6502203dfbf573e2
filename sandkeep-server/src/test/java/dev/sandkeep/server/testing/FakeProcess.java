package dev.sandkeep.server.testing;

import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ExecSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A command of a {@link InMemoryProvider}: a thread that plays a program. */
final class FakeProcess implements ExecProcess {
    /** What a program does. */
    interface Program {
        int run(FakeProcess process) throws IOException, InterruptedException;
    }

    /** SIGKILL's exit code. */
    private static final int KILLED = 137;

    private final ExecSpec spec;
    private final Pipe in = new Pipe();
    private final Pipe out = new Pipe();
    private final Pipe err = new Pipe();
    private final InputStream programIn = in.reader();
    private final OutputStream programOut = out.writer();
    private final OutputStream programErr = err.writer();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final List<Integer> signals = new ArrayList<>();
    private volatile boolean ignoresTerm;
    private volatile int exitCode = -1;
    private final Thread thread;

    FakeProcess(ExecSpec spec, Program program) {
        this.spec = spec;
        this.thread = Thread.ofVirtual().name("fake-process").unstarted(() -> run(program));
    }

    void start() {
        thread.start();
    }

    private void run(Program program) {
        int code;
        try {
            code = program.run(this);
        } catch (InterruptedException e) {
            code = KILLED;
        } catch (IOException e) {
            code = 141; // as SIGPIPE
        } catch (RuntimeException e) {
            print(programErr, "fake program failed: " + e + "\n");
            code = 1;
        }
        end(code);
    }

    private synchronized void end(int code) {
        if (exitCode < 0) {
            exitCode = code;
        }
        out.end();
        err.end();
        in.end();
        ended.countDown();
    }

    ExecSpec spec() {
        return spec;
    }

    InputStream programInput() {
        return programIn;
    }

    OutputStream programOutput() {
        return programOut;
    }

    void out(String text) {
        print(programOut, text);
    }

    void err(String text) {
        print(programErr, text);
    }

    private static void print(OutputStream stream, String text) {
        try {
            stream.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** From now on SIGTERM, SIGINT and SIGHUP do nothing. */
    void ignoreTerm() {
        ignoresTerm = true;
    }

    /** What was sent to it so far. */
    synchronized List<Integer> signals() {
        return List.copyOf(signals);
    }

    boolean isAlive() {
        return ended.getCount() > 0;
    }

    /** Ends it as the kernel does. */
    void kill() {
        synchronized (this) {
            if (exitCode < 0) {
                exitCode = KILLED;
            }
        }
        thread.interrupt();
        end(KILLED);
    }

    @Override
    public OutputStream stdin() {
        return in.writer();
    }

    @Override
    public InputStream stdout() {
        return out.reader();
    }

    @Override
    public InputStream stderr() {
        return err.reader();
    }

    @Override
    public void signal(int number) {
        synchronized (this) {
            signals.add(number);
        }
        if (number == 9) {
            kill();
        } else if (!ignoresTerm && (number == 15 || number == 2 || number == 1)) {
            synchronized (this) {
                if (exitCode < 0) {
                    exitCode = 128 + number;
                }
            }
            thread.interrupt();
            end(128 + number);
        }
    }

    @Override
    public OptionalInt waitFor(Duration timeout) throws InterruptedException {
        return ended.await(timeout.toMillis(), TimeUnit.MILLISECONDS) ? OptionalInt.of(exitCode) : OptionalInt.empty();
    }

    @Override
    public void close() {
        kill();
    }
}
