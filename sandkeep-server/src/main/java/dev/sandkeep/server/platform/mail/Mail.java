package dev.sandkeep.server.platform.mail;

/**
 * A mail to one person.
 *
 * @param to an address without a name; one with anything else in it is not sent
 * @param subject on one line: control characters become spaces
 */
public record Mail(String to, String subject, String text) {
    public Mail {
        subject = subject.replaceAll("\\p{Cntrl}", " ").strip();
    }

    /** Names whom it is for and shows no content, in which there may be a secret. */
    @Override
    public String toString() {
        return "Mail[" + to + "]";
    }
}
