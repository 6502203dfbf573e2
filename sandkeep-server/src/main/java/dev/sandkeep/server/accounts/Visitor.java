package dev.sandkeep.server.accounts;

/**
 * Where a request comes from.
 *
 * @param address of the connection, or what a trusted proxy says
 * @param agent what the browser says it is
 * @param browser the text of the cookie by which browsers are known that somebody has signed in with; empty for none
 */
public record Visitor(String address, String agent, String browser) {
    private static final int LONGEST_AGENT = 300;

    public Visitor {
        String printable = agent.replaceAll("\\p{Cntrl}", " ").strip();
        agent = printable.length() > LONGEST_AGENT ? printable.substring(0, LONGEST_AGENT) : printable;
    }

    /** Shows no secret. */
    @Override
    public String toString() {
        return "Visitor[" + address + "]";
    }
}
