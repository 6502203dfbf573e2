package dev.sandkeep.server.platform.data;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * This server process. It holds the lock of a file of its own in {@code <data>/servers} for as long as it lives, so that the
 * other servers of the data directory know for sure when it is dead: the kernel lets go of the lock.
 */
public final class ServerInstance implements AutoCloseable {
    private static final String DIRECTORY = "servers";
    private static final String SUFFIX = ".lock";

    /** Servers in this very process, as tests have them: the kernel does not tell their locks apart. */
    private static final Set<String> IN_THIS_PROCESS = ConcurrentHashMap.newKeySet();

    private final String id;
    private final String installation;
    private final Path directory;
    private final Optional<FileChannel> channel;

    private ServerInstance(String id, String installation, Path directory, Optional<FileChannel> channel) {
        this.id = id;
        this.installation = installation;
        this.directory = directory;
        this.channel = channel;
    }

    /** Enters this process into the data directory. */
    public static ServerInstance register(DataDirectory data) throws IOException {
        byte[] random = new byte[4];
        new SecureRandom().nextBytes(random);
        String id = data.installation() + "-" + ProcessHandle.current().pid() + "-"
                + HexFormat.of().formatHex(random);
        Path directory = data.privateDirectory(DIRECTORY);
        // Locked under a name that nobody looks at, so that nobody sees the file without its lock.
        Path beside = directory.resolve(id + ".new");
        FileChannel channel = FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        channel.lock();
        IN_THIS_PROCESS.add(id);
        Files.move(beside, directory.resolve(id + SUFFIX));
        return new ServerInstance(id, data.installation(), directory, Optional.of(channel));
    }

    /** An instance that exists only for itself: nothing is written. */
    public static ServerInstance unregistered(DataDirectory data) {
        return new ServerInstance(
                data.installation() + "-0-00000000", data.installation(), data.root(), Optional.empty());
    }

    /** Unique for ever: {@code <installation>-<pid>-<8 random digits>}. */
    public String id() {
        return id;
    }

    /** Id of the data directory that this server works in. */
    public String installation() {
        return installation;
    }

    /** Operating system's id of this process. */
    public long pid() {
        return ProcessHandle.current().pid();
    }

    /** Servers that were entered into this data directory and are dead, until they are {@linkplain #forget forgotten}. */
    public List<String> dead() throws IOException {
        List<String> dead = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                String other = name.substring(0, name.length() - SUFFIX.length());
                // Opening and closing a file of our own would let go of its lock: POSIX ties locks to the process.
                if (!IN_THIS_PROCESS.contains(other) && isUnlocked(file)) {
                    dead.add(other);
                }
            }
        }
        return dead;
    }

    /** Process ids of the servers that live in a data directory. For a process that is none of them. */
    public static List<Long> alive(Path root) throws IOException {
        Path servers = root.resolve(DIRECTORY);
        List<Long> alive = new ArrayList<>();
        if (Files.isDirectory(servers)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(servers, "*" + SUFFIX)) {
                for (Path file : files) {
                    if (!isUnlocked(file)) {
                        alive.add(Long.parseLong(file.getFileName().toString().split("-", -1)[1]));
                    }
                }
            }
        }
        return alive;
    }

    /** Removes what tells of a dead server. */
    public void forget(String dead) throws IOException {
        Files.deleteIfExists(directory.resolve(dead + SUFFIX));
    }

    private static boolean isUnlocked(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (NoSuchFileException e) {
            return false; // somebody else was faster
        }
    }

    /** Leaves the data directory. */
    @Override
    public void close() throws IOException {
        if (channel.isPresent()) {
            Files.deleteIfExists(directory.resolve(id + SUFFIX));
            channel.get().close();
        }
        IN_THIS_PROCESS.remove(id);
    }
}
