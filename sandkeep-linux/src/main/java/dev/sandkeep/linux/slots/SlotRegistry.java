package dev.sandkeep.linux.slots;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.kernel.HostProcess;
import dev.sandkeep.spi.ComputeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Which slot numbers of this host are in use, and by whom. */
final class SlotRegistry {
    /** The highest slot number: the id blocks then stay below 2^31, which some programs need. */
    static final int LAST = 4094;

    private final Path directory;
    private final String dataDirectory;

    /**
     * @param directory shared by all installations on the host and cleared by a reboot
     * @param dataDirectory whose claims these are
     */
    SlotRegistry(Path directory, Path dataDirectory) {
        this.directory = directory;
        this.dataDirectory = dataDirectory.toString();
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " could not be made", e);
        }
    }

    /**
     * Who holds a number.
     *
     * @param dataDirectory of the installation
     * @param compute the compute that runs in it; null while it waits in a server's pool
     * @param pid of the server that claimed it
     * @param startTicks of that server
     */
    record Claim(String dataDirectory, @Nullable String compute, long pid, long startTicks) {
        boolean serverAlive() {
            return new HostProcess(pid, startTicks).alive();
        }
    }

    record Claimed(int number, Claim claim) {}

    /**
     * Claims a free number for this process.
     *
     * @throws IllegalStateException when all are taken
     */
    int claim() {
        int first = ThreadLocalRandom.current().nextInt(LAST);
        for (int i = 0; i < LAST; i++) {
            int number = 1 + (first + i) % LAST;
            if (tryClaim(number)) {
                return number;
            }
        }
        throw new IllegalStateException("all " + LAST + " sandbox slots of this host are in use");
    }

    private boolean tryClaim(int number) {
        Path beside = directory.resolve(".claim-" + UUID.randomUUID());
        try {
            JsonFile.write(beside, ours(null), Durability.PROCESS);
            // A link is refused when the name exists, and the file is whole from the first moment.
            Files.createLink(file(number), beside);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("slot " + number + " could not be claimed", e);
        } finally {
            beside.toFile().delete();
        }
    }

    private Claim ours(@Nullable String compute) {
        HostProcess self = HostProcess.find(ProcessHandle.current().pid())
                .orElseThrow(() -> new IllegalStateException("/proc does not show this process"));
        return new Claim(dataDirectory, compute, self.pid(), self.startTicks());
    }

    /** Notes that {@code compute} runs in a number claimed before. */
    void assign(int number, ComputeId compute) {
        JsonFile.write(file(number), ours(compute.name()), Durability.PROCESS);
    }

    /** Gives a number back. */
    void release(int number) {
        try {
            Files.deleteIfExists(file(number));
        } catch (IOException e) {
            throw new UncheckedIOException("slot " + number + " could not be released", e);
        }
    }

    boolean isOurs(Claim claim) {
        return claim.dataDirectory().equals(dataDirectory);
    }

    /** The number in which {@code compute} of this installation runs. */
    Optional<Integer> numberOf(ComputeId compute) {
        return claims().stream()
                .filter(claimed -> isOurs(claimed.claim())
                        && compute.name().equals(claimed.claim().compute()))
                .map(Claimed::number)
                .findFirst();
    }

    /** Gives back the numbers that servers, of whatever installation, held in their pools when they died. */
    void releaseOfDeadServers() {
        for (Claimed claimed : claims()) {
            if (claimed.claim().compute() == null && !claimed.claim().serverAlive()) {
                release(claimed.number());
            }
        }
    }

    /** All claims on this host, of every installation. */
    List<Claimed> claims() {
        List<Claimed> claims = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "[0-9]*")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.chars().allMatch(Character::isDigit)) {
                    JsonFile.read(file, Claim.class)
                            .ifPresent(claim -> claims.add(new Claimed(Integer.parseInt(name), claim)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " could not be listed", e);
        }
        return claims;
    }

    private Path file(int number) {
        return directory.resolve(Integer.toString(number));
    }
}
