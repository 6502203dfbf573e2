package dev.sandkeep.cli.terminal;

import dev.sandkeep.cli.terminal.Terminal.Style;
import java.util.function.Consumer;

/** Prints the lines of a log under their phases, each phase named once. */
public final class PhasedLog {
    private final Terminal terminal;
    private final String indent;
    private final Consumer<String> out;
    private String phase = "";

    /** Prints to {@code out}, which is one of the terminal's own methods. */
    public PhasedLog(Terminal terminal, String indent, Consumer<String> out) {
        this.terminal = terminal;
        this.indent = indent;
        this.out = out;
    }

    /** Prints one line; {@code aside} when it is the server's own word rather than a command's output. */
    public void line(String linePhase, String text, boolean aside) {
        if (!linePhase.equals(phase)) {
            phase = linePhase;
            out.accept(indent + terminal.noteStyled(Style.CYAN, Terminal.printable(phase)));
        }
        String shown = Terminal.printable(text);
        out.accept(indent + "  " + (aside ? terminal.noteStyled(Style.DIM, shown) : shown));
    }
}
