package dev.sandkeep.server.platform.postgres;

import dev.sandkeep.server.platform.config.StartFailure;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Whom the database runs as. PostgreSQL refuses to be root, rightly: when we are, it is a system user that owns the database's
 * files and nothing else. Otherwise it is ourselves.
 */
final class PostgresUser {
    static final String NAME = "sandkeep-postgres";

    private final Optional<UserPrincipal> user;

    private PostgresUser(Optional<UserPrincipal> user) {
        this.user = user;
    }

    static PostgresUser ensure() throws IOException, InterruptedException {
        if (!isRoot()) {
            return new PostgresUser(Optional.empty());
        }
        Optional<UserPrincipal> existing = lookUp();
        if (existing.isPresent()) {
            return new PostgresUser(existing);
        }
        Process useradd = new ProcessBuilder(
                        "useradd",
                        "--system",
                        "--user-group",
                        "--no-create-home",
                        "--home-dir",
                        "/nonexistent",
                        "--shell",
                        "/usr/sbin/nologin",
                        NAME)
                .redirectErrorStream(true)
                .start();
        String output = new String(useradd.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        useradd.waitFor(30, TimeUnit.SECONDS);
        // Looked up again whatever useradd says: another server may have been faster.
        Optional<UserPrincipal> made = lookUp();
        if (made.isEmpty()) {
            throw new StartFailure(
                    "The system user " + NAME + ", as which the embedded database runs, cannot be made: "
                            + output.strip(),
                    "Make it by hand (useradd --system " + NAME + "), or set SANDKEEP_DATABASE_URL.");
        }
        return new PostgresUser(made);
    }

    /** {@code command} so that it runs as this user, in a session of its own: a Ctrl-C for us is none for it. */
    List<String> command(List<String> command) {
        List<String> prefix = user.isPresent()
                ? List.of(
                        "setsid",
                        "setpriv",
                        "--reuid=" + NAME,
                        "--regid=" + NAME,
                        "--clear-groups",
                        "--no-new-privs",
                        "--")
                : List.of("setsid");
        return java.util.stream.Stream.concat(prefix.stream(), command.stream()).toList();
    }

    /** Gives a file or an empty directory to this user. */
    void own(Path path) throws IOException {
        if (user.isPresent()) {
            Files.setOwner(path, user.get());
        }
    }

    /** Gives a directory and everything in it to this user. */
    void ownAll(Path directory) throws IOException, InterruptedException {
        if (user.isPresent()) {
            Process chown = new ProcessBuilder(
                            "chown", "--recursive", "--no-dereference", NAME + ":" + NAME, directory.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (chown.waitFor() != 0) {
                throw new IOException(directory + " could not be given to " + NAME);
            }
        }
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    private static Optional<UserPrincipal> lookUp() throws IOException {
        try {
            return Optional.of(
                    FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(NAME));
        } catch (UserPrincipalNotFoundException e) {
            return Optional.empty();
        }
    }
}
