package dev.sandkeep.server.platform.postgres;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.Properties;

/**
 * Passwords and port of a cluster, kept in a file beside it that only we can read.
 *
 * @param password of the role that Sandkeep works as
 * @param superuserPassword of {@code postgres}, used to make that role and the database
 * @param port on loopback; kept from start to start while it is free
 */
record PostgresSecrets(String password, String superuserPassword, int port) {
    private static final String FILE = "connection.properties";

    static PostgresSecrets random(int port) {
        return new PostgresSecrets(randomPassword(), randomPassword(), port);
    }

    static Optional<PostgresSecrets> read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Properties properties = new Properties();
        properties.load(new StringReader(Files.readString(file)));
        String password = properties.getProperty("password", "");
        String superuserPassword = properties.getProperty("superuser.password", "");
        String port = properties.getProperty("port", "");
        return password.isEmpty() || superuserPassword.isEmpty() || !port.matches("\\d{1,5}")
                ? Optional.empty()
                : Optional.of(new PostgresSecrets(password, superuserPassword, Integer.parseInt(port)));
    }

    void write(Path directory) throws IOException {
        Path beside = Files.createTempFile(
                directory,
                ".connection",
                ".new",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                beside, "password=" + password + "\nsuperuser.password=" + superuserPassword + "\nport=" + port + "\n");
        Files.move(beside, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    }

    PostgresSecrets withPort(int other) {
        return new PostgresSecrets(password, superuserPassword, other);
    }

    @Override
    public String toString() {
        return "PostgresSecrets[port=" + port + "]";
    }

    private static String randomPassword() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
