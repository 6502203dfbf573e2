package dev.sandkeep.cli.terminal;

import dev.sandkeep.cli.terminal.Terminal.Style;
import java.time.Duration;

/**
 * One piece of work that takes a while. On a terminal it is a line with the elapsed time, redrawn in place until
 * {@link #done}; elsewhere one line at the start and one at the end.
 */
public final class Progress implements AutoCloseable {
    private static final String[] FRAMES = {"|", "/", "-", "\\"};
    private static final Duration REDRAW = Duration.ofMillis(120);
    /** Longer lines would wrap on a small terminal and leave their first part behind. */
    private static final int WIDTH = 78;

    private final Terminal terminal;
    private final String indent;
    private final String what;
    private final long began = System.nanoTime();
    private final Thread painter;
    private volatile String detail = "";

    /** Begins to show {@code what}, e.g. {@code starting the server}. */
    public Progress(Terminal terminal, String indent, String what) {
        this.terminal = terminal;
        this.indent = indent;
        this.what = what;
        this.painter = Thread.ofVirtual().name("progress").unstarted(this::paint);
        if (terminal.live()) {
            painter.start();
        } else {
            terminal.note(indent + what + " …");
        }
    }

    /** Says what exactly is going on; shown on a terminal only. */
    public void detail(String text) {
        detail = Terminal.printable(text);
    }

    /** How long it has been going on. */
    public Duration elapsed() {
        return Times.since(began);
    }

    /** Ends the progress with what came out. */
    public void done(String result) {
        close();
        terminal.note(indent + terminal.noteStyled(Style.GREEN, "ok") + " " + result
                + terminal.noteStyled(Style.DIM, "  " + Times.took(elapsed())));
    }

    private void paint() {
        int frame = 0;
        try {
            while (true) {
                String text = indent + FRAMES[frame++ % FRAMES.length] + " " + what + "  " + Times.took(elapsed())
                        + (detail.isEmpty() ? "" : "  " + detail);
                terminal.move(text.length() <= WIDTH ? text : text.substring(0, WIDTH - 1) + "…");
                Thread.sleep(REDRAW);
            }
        } catch (InterruptedException closed) {
            terminal.move(null);
        }
    }

    /** Removes the moving line without a word about the result; nothing happens when it is gone already. */
    @Override
    public void close() {
        if (!painter.isAlive()) {
            return;
        }
        painter.interrupt();
        try {
            painter.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
