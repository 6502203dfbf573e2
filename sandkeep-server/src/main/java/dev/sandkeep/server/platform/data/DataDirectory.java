package dev.sandkeep.server.platform.data;

import dev.sandkeep.server.platform.config.StartFailure;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The directory that holds everything of one installation. Others may pass through it (mode 0711), because the container
 * runtime and the database run as other users below it; what is secret in it has mode 0600 or 0700.
 *
 * @param root absolute
 * @param installation 8 lower-case hexadecimal digits, made with the directory
 */
public record DataDirectory(Path root, String installation) {
    /** The layout that this server understands; {@code data.json} holds that of the directory. */
    public static final int FORMAT = 1;

    private static final String IDENTITY = "data.json";
    private static final Pattern FORMAT_FIELD = Pattern.compile("\"format\"\\s*:\\s*(\\d{1,9})");
    private static final Pattern INSTALLATION_FIELD = Pattern.compile("\"installation\"\\s*:\\s*\"([0-9a-f]{8})\"");

    /**
     * Opens the directory, and makes it when it does not exist.
     *
     * @throws StartFailure when it cannot be used, saying why
     */
    public static DataDirectory open(Path root) {
        try {
            if (!Files.isDirectory(root)) {
                Files.createDirectories(root);
                Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x--x"));
            }
            requireTraversable(root);
            return existing(root).orElseGet(() -> create(root));
        } catch (FileAlreadyExistsException e) {
            throw new StartFailure(
                    root + " is a file, not a directory.", "Name another data directory in SANDKEEP_DATA.", e);
        } catch (IOException e) {
            throw new StartFailure(
                    "The data directory " + root + " cannot be used: " + reason(e),
                    "Check that the user who starts the server may write there, or name another one in SANDKEEP_DATA.",
                    e);
        }
    }

    /**
     * The directory as it is; empty when {@code root} is not one yet. Changes nothing.
     *
     * @throws StartFailure when it was made by a newer version or its identity is damaged
     */
    public static Optional<DataDirectory> existing(Path root) throws IOException {
        Path identity = root.resolve(IDENTITY);
        if (!Files.exists(identity)) {
            return Optional.empty();
        }
        String text = Files.readString(identity);
        Matcher format = FORMAT_FIELD.matcher(text);
        Matcher installation = INSTALLATION_FIELD.matcher(text);
        if (!format.find() || !installation.find()) {
            throw new StartFailure(
                    identity + " is damaged.",
                    "Restore it from a backup: it holds {\"format\":" + FORMAT
                            + ",\"installation\":\"<8 hexadecimal digits>\"}.");
        }
        if (Integer.parseInt(format.group(1)) > FORMAT) {
            throw new StartFailure(
                    "The data directory " + root + " was made by a newer version of Sandkeep (format " + format.group(1)
                            + "; this one knows " + FORMAT + ").",
                    "Start that newer version, or name another data directory in SANDKEEP_DATA.");
        }
        return Optional.of(new DataDirectory(root, installation.group(1)));
    }

    /** The first of {@code root} and its parents that others may not pass through; empty when all is well. */
    public static Optional<Path> notTraversable(Path root) throws IOException {
        for (Path path = root.toRealPath(); path != null; path = path.getParent()) {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
            if (!permissions.contains(PosixFilePermission.OTHERS_EXECUTE)) {
                return Optional.of(path);
            }
        }
        return Optional.empty();
    }

    /** Something in the directory. */
    public Path resolve(String name) {
        return root.resolve(name);
    }

    /** Makes a directory in it that only the server's user can enter, or finds it. */
    public Path privateDirectory(String name) throws IOException {
        Path directory = root.resolve(name);
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(directory, onlyOwner("rwx------"));
        }
        return directory;
    }

    /** Writes a file that only the server's user can read; readers see the old content or the new one, never a part. */
    public void writeSecret(String name, String content) throws IOException {
        Path target = root.resolve(name);
        Path beside =
                Files.createTempFile(target.getParent(), "." + target.getFileName(), ".new", onlyOwner("rw-------"));
        try {
            Files.writeString(beside, content);
            Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    /** The content of a secret file; empty when there is none. */
    public Optional<String> readSecret(String name) throws IOException {
        Path file = root.resolve(name);
        return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    }

    private static FileAttribute<Set<PosixFilePermission>> onlyOwner(String mode) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode));
    }

    private static void requireTraversable(Path root) throws IOException {
        notTraversable(root).ifPresent(closed -> {
            throw new StartFailure(
                    "The data directory " + root + " is out of reach for the container runtime and the database: "
                            + closed + " does not let other users pass.",
                    "Run chmod o+x " + closed + " (secrets in the data directory stay readable by its owner only),"
                            + " or name another data directory in SANDKEEP_DATA.");
        });
    }

    private static DataDirectory create(Path root) {
        byte[] random = new byte[4];
        new SecureRandom().nextBytes(random);
        DataDirectory made = new DataDirectory(root, HexFormat.of().formatHex(random));
        try {
            // Two servers may come here at once: the link appears once, with all its content.
            Path beside = Files.createTempFile(root, "." + IDENTITY, ".new");
            try {
                Files.writeString(
                        beside, "{\"format\":" + FORMAT + ",\"installation\":\"" + made.installation() + "\"}\n");
                Files.createLink(root.resolve(IDENTITY), beside);
            } catch (FileAlreadyExistsException e) {
                return existing(root).orElseThrow();
            } finally {
                Files.delete(beside);
            }
        } catch (IOException e) {
            throw new StartFailure(
                    "The data directory " + root + " cannot be written: " + reason(e),
                    "Check that the user who starts the server may write there, or name another one in SANDKEEP_DATA.",
                    e);
        }
        return made;
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }
}
