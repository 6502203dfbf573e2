package dev.sandkeep.server.platform.postgres;

import dev.sandkeep.server.platform.config.StartFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The files of one database cluster: {@code data} (PostgreSQL's own, owned by its user), the secrets beside it, and the log.
 */
final class PostgresCluster {
    private static final long INITDB_SECONDS = 120;

    private final Path directory;
    private final PostgresBinaries binaries;
    private final PostgresUser user;

    PostgresCluster(Path directory, PostgresBinaries binaries, PostgresUser user) {
        this.directory = directory;
        this.binaries = binaries;
        this.user = user;
    }

    /** PostgreSQL's data directory. */
    Path data() {
        return directory.resolve("data");
    }

    /** Makes the cluster when there is none, complete or not at all. */
    PostgresSecrets ensure() throws IOException, InterruptedException {
        if (Files.exists(data())) {
            requireOurVersion();
            return PostgresSecrets.read(directory)
                    .orElseThrow(() -> new StartFailure(
                            "The embedded database in " + directory + " has lost the file with its passwords.",
                            "Restore " + directory + "/connection.properties from a backup."));
        }
        Path unfinished = directory.resolve("data.unfinished");
        PostgresBinaries.removeTree(unfinished);
        Files.createDirectory(
                unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        user.own(unfinished);
        PostgresSecrets secrets = PostgresSecrets.random(freePort());
        initialise(unfinished, secrets.superuserPassword());
        secrets.write(directory);
        Files.move(unfinished, data());
        return secrets;
    }

    /** Keeps the port when nobody else has taken it in the meantime. */
    PostgresSecrets withFreePort(PostgresSecrets secrets) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), secrets.port()));
            return secrets;
        } catch (IOException e) {
            PostgresSecrets moved = secrets.withPort(freePort());
            moved.write(directory);
            return moved;
        }
    }

    private void requireOurVersion() throws IOException {
        String version = Files.readString(data().resolve("PG_VERSION"), StandardCharsets.US_ASCII)
                .strip();
        if (!version.equals(PostgresBinaries.MAJOR_VERSION)) {
            throw new StartFailure(
                    "The embedded database in " + directory + " was made by PostgreSQL " + version
                            + "; this Sandkeep brings PostgreSQL " + PostgresBinaries.MAJOR_VERSION + ".",
                    "Start the Sandkeep version that made it, or upgrade the cluster with pg_upgrade.");
        }
    }

    private void initialise(Path target, String superuserPassword) throws IOException, InterruptedException {
        Path passwordFile = Files.createTempFile(
                directory,
                ".initdb",
                "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.writeString(passwordFile, superuserPassword + "\n");
            user.own(passwordFile);
            run(List.of(
                    binaries.program("initdb").toString(),
                    "--pgdata=" + target,
                    "--username=postgres",
                    "--auth=scram-sha-256",
                    "--pwfile=" + passwordFile,
                    "--encoding=UTF-8",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--locale=C.UTF-8",
                    "--no-instructions"));
        } finally {
            Files.delete(passwordFile);
        }
    }

    private void run(List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(directory, ".initdb", ".log");
        try {
            ProcessBuilder builder = new ProcessBuilder(user.command(command))
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            minimalEnvironment(builder);
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(INITDB_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("initdb did not end within " + INITDB_SECONDS + " s");
            }
            if (process.exitValue() != 0) {
                List<String> lines = new ArrayList<>(Files.readAllLines(output));
                throw new IOException("initdb failed: " + lines.subList(Math.max(0, lines.size() - 3), lines.size()));
            }
        } finally {
            Files.delete(output);
        }
    }

    /** Nothing of our environment reaches the database's processes: it may hold secrets. */
    static void minimalEnvironment(ProcessBuilder builder) {
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("TZ", "UTC");
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            return probe.getLocalPort();
        }
    }
}
