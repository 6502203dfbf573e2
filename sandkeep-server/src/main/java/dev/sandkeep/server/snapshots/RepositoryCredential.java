package dev.sandkeep.server.snapshots;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * What a Git server is told to let a build in. {@link #toString} says nothing of it.
 *
 * @param site scheme, host and port of the server: the only one that is told
 */
record RepositoryCredential(String site, String user, String password) {
    /** Empty, for repositories that need none. */
    static final RepositoryCredential NONE = new RepositoryCredential("", "", "");

    RepositoryCredential {
        if ((user + password).chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            throw new IllegalArgumentException("a control character in a credential of " + site);
        }
    }

    /** What a script of a build reads: the site that may be told, and then git's own form of a credential. */
    String forScript() {
        return site.isEmpty() ? "\n" : site + "\nusername=" + user + "\npassword=" + password + "\n";
    }

    /** Takes it out of what a command says: a server may repeat what it was told. */
    String hideIn(String line) {
        String hidden = line;
        for (String secret : secrets()) {
            hidden = hidden.replace(secret, "***");
        }
        return hidden;
    }

    private List<String> secrets() {
        if (password.isEmpty()) {
            return List.of();
        }
        byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return List.of(Base64.getEncoder().encodeToString(pair), password);
    }

    @Override
    public String toString() {
        return "credential of " + (site.isEmpty() ? "nobody" : site);
    }
}
