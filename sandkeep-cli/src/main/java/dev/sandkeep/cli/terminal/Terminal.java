package dev.sandkeep.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where text goes: results to standard output, progress and errors to standard error, so that a pipe receives results
 * only. Colours and moving lines appear on a terminal only, and never when {@code NO_COLOR} is set or
 * {@code TERM} is {@code dumb}.
 */
public final class Terminal {
    private final PrintStream out;
    private final PrintStream err;
    private final boolean colourOut;
    private final boolean liveErr;
    private final boolean colourErr;
    /** The line that is redrawn in place; null when there is none. */
    private @Nullable String movingLine;

    /**
     * @param colourOut whether {@code out} understands colours
     * @param colourErr whether {@code err} understands colours
     * @param liveErr whether a line on {@code err} can be redrawn in place
     */
    public Terminal(PrintStream out, PrintStream err, boolean colourOut, boolean colourErr, boolean liveErr) {
        this.out = out;
        this.err = err;
        this.colourOut = colourOut;
        this.colourErr = colourErr;
        this.liveErr = liveErr;
    }

    /** The process's own standard streams. */
    public static Terminal system() {
        Map<String, String> environment = System.getenv();
        boolean plain = !environment.getOrDefault("NO_COLOR", "").isEmpty()
                || environment.getOrDefault("TERM", "dumb").equals("dumb");
        boolean liveErr =
                isTerminal(2) && !environment.getOrDefault("TERM", "dumb").equals("dumb");
        return new Terminal(
                stream(FileDescriptor.out),
                stream(FileDescriptor.err),
                !plain && isTerminal(1),
                !plain && liveErr,
                liveErr);
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    /** Whether a descriptor of this process is a terminal, from where its link in {@code /proc} leads. */
    public static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException notThere) {
            return false;
        }
    }

    /** Whether progress can be shown by redrawing a line. */
    public boolean live() {
        return liveErr;
    }

    /** Standard output itself, for what prints by its own rules. */
    public PrintStream out() {
        return out;
    }

    /** Standard error itself, for what prints by its own rules. */
    public PrintStream err() {
        return err;
    }

    /** Whether results may be coloured. */
    public boolean colour() {
        return colourOut;
    }

    /** Prints a line of a result. */
    public synchronized void result(String line) {
        clearMovingLine();
        out.println(line);
        drawMovingLine();
    }

    /** Prints a line about what is going on. */
    public synchronized void note(String line) {
        clearMovingLine();
        err.println(line);
        drawMovingLine();
    }

    /** Shows {@code line} as the last line, redrawn in place; null removes it. Only where {@link #live}. */
    synchronized void move(@Nullable String line) {
        clearMovingLine();
        movingLine = line;
        drawMovingLine();
    }

    private void clearMovingLine() {
        if (movingLine != null) {
            err.print("\r\033[K");
        }
    }

    private void drawMovingLine() {
        if (movingLine != null) {
            err.print(movingLine);
            err.flush();
        }
    }

    /** A style of text; harmless where colours are not wanted. */
    public enum Style {
        BOLD("1"),
        DIM("2"),
        RED("31"),
        GREEN("32"),
        YELLOW("33"),
        CYAN("36");

        private final String code;

        Style(String code) {
            this.code = code;
        }
    }

    /** {@code text} as {@link #result} shows it in {@code style}. */
    public String styled(Style style, String text) {
        return colourOut ? "\033[" + style.code + "m" + text + "\033[0m" : text;
    }

    /** {@code text} as {@link #note} shows it in {@code style}. */
    public String noteStyled(Style style, String text) {
        return colourErr ? "\033[" + style.code + "m" + text + "\033[0m" : text;
    }

    /** Text from elsewhere with everything removed that a terminal would obey rather than show. */
    public static String printable(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        text.codePoints().filter(c -> c == '\t' || !Character.isISOControl(c)).forEach(kept::appendCodePoint);
        return kept.toString();
    }
}
