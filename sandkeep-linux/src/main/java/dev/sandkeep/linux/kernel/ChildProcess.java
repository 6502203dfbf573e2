package dev.sandkeep.linux.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * A program that this process started, by {@code posix_spawn(3)} of the C library (glibc 2.34 or newer).
 *
 * <p>{@link ProcessBuilder} starts a helper program that starts the program, and learns of its end through a thread for each:
 * about 2 ms, which count where a whole start takes 20. Here the child inherits its three streams and no other descriptor,
 * no signal is blocked or ignored in it, and it is in the mount namespace of the calling thread.
 */
public final class ChildProcess {
    private static final int SIGKILL = 9;
    private static final int O_APPEND = 02000;
    private static final short POLLIN = 1;
    private static final short POSIX_SPAWN_SETSIGDEF = 0x04;
    private static final short POSIX_SPAWN_SETSIGMASK = 0x08;
    private static final int FIRST_OF_NO_STREAM = 3;
    private static final int STREAM_FILE_MODE = 0600;

    /** More than any C library's {@code posix_spawnattr_t}, {@code posix_spawn_file_actions_t} and {@code sigset_t} take. */
    private static final long ROOM = 1024;

    /** Signals 1 to 31. */
    private static final long EVERY_PLAIN_SIGNAL = 0x7FFF_FFFFL;

    private final long pid;
    private final String name;

    private ChildProcess(long pid, String name) {
        this.pid = pid;
        this.name = name;
    }

    /** What a child reads from and writes to. */
    public record Streams(Path input, Path output, Path errors) {
        private static final Path NOWHERE = Path.of("/dev/null");

        /** Reads nothing, its output is thrown away, and what it has to complain of is added to a file. */
        public static Streams errorsTo(Path file) {
            return new Streams(NOWHERE, NOWHERE, file);
        }
    }

    /**
     * Starts a program with this process's environment.
     *
     * @param program the file to execute
     * @param name what the program is told that it is called
     * @throws IllegalStateException when it cannot be executed
     */
    public static ChildProcess start(Path program, String name, List<String> arguments, Streams streams) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pid = arena.allocate(JAVA_INT);
            MemorySegment actions = arena.allocate(ROOM, Long.BYTES);
            Spawn.FILE_ACTIONS_INIT.call(actions);
            try {
                Spawn.ADD_OPEN.call(actions, 0, text(arena, streams.input()), OpenFlags.O_RDONLY, 0);
                int write = OpenFlags.O_WRONLY | OpenFlags.O_CREAT | O_APPEND;
                Spawn.ADD_OPEN.call(actions, 1, text(arena, streams.output()), write, STREAM_FILE_MODE);
                Spawn.ADD_OPEN.call(actions, 2, text(arena, streams.errors()), write, STREAM_FILE_MODE);
                Spawn.ADD_CLOSE_FROM.call(actions, FIRST_OF_NO_STREAM);
                Spawn.SPAWN.call(
                        pid,
                        text(arena, program),
                        actions,
                        withPlainSignals(arena),
                        texts(arena, Stream.concat(Stream.of(name), arguments.stream())),
                        texts(arena, System.getenv().entrySet().stream().map(it -> it.getKey() + "=" + it.getValue())));
            } finally {
                Spawn.FILE_ACTIONS_DESTROY.call(actions);
            }
            return new ChildProcess(pid.get(JAVA_INT, 0), name);
        }
    }

    private static MemorySegment text(Arena arena, Path path) {
        return arena.allocateFrom(path.toString(), UTF_8);
    }

    private static MemorySegment withPlainSignals(Arena arena) {
        MemorySegment attributes = arena.allocate(ROOM, Long.BYTES);
        MemorySegment none = arena.allocate(ROOM, Long.BYTES);
        MemorySegment every = arena.allocate(ROOM, Long.BYTES);
        every.set(JAVA_LONG, 0, EVERY_PLAIN_SIGNAL);
        Spawn.ATTRIBUTES_INIT.call(attributes);
        Spawn.SET_FLAGS.call(attributes, (short) (POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
        Spawn.SET_MASK.call(attributes, none);
        Spawn.SET_DEFAULT.call(attributes, every);
        return attributes;
    }

    /** An array of texts as the C library takes it: a null stands at its end. */
    private static MemorySegment texts(Arena arena, Stream<String> texts) {
        List<MemorySegment> each =
                texts.map(text -> arena.allocateFrom(text, UTF_8)).toList();
        MemorySegment array = arena.allocate(ADDRESS, each.size() + 1L);
        for (int i = 0; i < each.size(); i++) {
            array.setAtIndex(ADDRESS, i, each.get(i));
        }
        return array;
    }

    /**
     * Waits for its end, and takes it off the process table. To be called on a platform thread, once.
     *
     * @return its exit code, or 128 + the signal that ended it; empty when it did not end within {@code patience}: it was killed
     */
    public OptionalInt waitFor(Duration patience) {
        if (!endsWithin(patience)) {
            HostProcess.find(pid).ifPresent(it -> it.signal(SIGKILL));
            Thread.ofPlatform().daemon().name("sandkeep-killed-" + pid).start(() -> AdoptedProcess.await(pid));
            return OptionalInt.empty();
        }
        return OptionalInt.of(
                AdoptedProcess.await(pid).orElseThrow(() -> new IllegalStateException(this + " was lost")));
    }

    private boolean endsWithin(Duration patience) {
        try (Descriptor handle = new Descriptor(SystemCall.PIDFD_OPEN.call(toString(), pid, 0), toString());
                Arena arena = Arena.ofConfined()) {
            MemorySegment poll = arena.allocate(Long.BYTES, Integer.BYTES);
            poll.set(JAVA_INT, 0, handle.number());
            poll.set(JAVA_SHORT, Integer.BYTES, POLLIN);
            MemorySegment time = arena.allocate(2L * Long.BYTES, Long.BYTES);
            time.set(JAVA_LONG, 0, patience.toSeconds());
            time.set(JAVA_LONG, Long.BYTES, patience.toNanosPart());
            return SystemCall.PPOLL.call(toString(), poll.address(), 1, time.address(), 0, 0) > 0;
        }
    }

    /** Name and number, for messages. */
    @Override
    public String toString() {
        return name + " (" + pid + ")";
    }

    /** Functions of the C library that answer 0 or an error number. */
    private enum Spawn {
        SPAWN("posix_spawn", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS),
        FILE_ACTIONS_INIT("posix_spawn_file_actions_init", ADDRESS),
        FILE_ACTIONS_DESTROY("posix_spawn_file_actions_destroy", ADDRESS),
        ADD_OPEN("posix_spawn_file_actions_addopen", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
        ADD_CLOSE_FROM("posix_spawn_file_actions_addclosefrom_np", ADDRESS, JAVA_INT),
        ATTRIBUTES_INIT("posix_spawnattr_init", ADDRESS),
        SET_FLAGS("posix_spawnattr_setflags", ADDRESS, JAVA_SHORT),
        SET_MASK("posix_spawnattr_setsigmask", ADDRESS, ADDRESS),
        SET_DEFAULT("posix_spawnattr_setsigdefault", ADDRESS, ADDRESS);

        private final String function;
        private final MethodHandle handle;

        Spawn(String function, MemoryLayout... parameters) {
            this.function = function;
            Linker linker = Linker.nativeLinker();
            this.handle = linker.downcallHandle(
                            linker.defaultLookup().findOrThrow(function), FunctionDescriptor.of(JAVA_INT, parameters))
                    .asSpreader(Object[].class, parameters.length);
        }

        void call(Object... arguments) {
            int error;
            try {
                error = (int) handle.invokeExact(arguments);
            } catch (Throwable e) {
                throw new IllegalStateException(function + " could not be called", e);
            }
            if (error != 0) {
                throw new IllegalStateException(function + ": " + Errno.name(error));
            }
        }
    }
}
