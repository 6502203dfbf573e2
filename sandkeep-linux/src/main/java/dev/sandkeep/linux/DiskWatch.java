package dev.sandkeep.linux;

import dev.sandkeep.linux.computes.ComputeRecord;
import dev.sandkeep.linux.computes.ComputeStore;
import dev.sandkeep.linux.files.Command;
import dev.sandkeep.spi.ComputeId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BiConsumer;

/**
 * Ends computes that write more than their disk limit, or more files than there are blocks of 4 KiB in it. File systems that can enforce such a limit themselves are rare on hosts
 * as they are installed, so this looks every few seconds; a compute may overshoot by what it writes in between.
 */
final class DiskWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DiskWatch.class.getName());
    private static final Duration PERIOD = Duration.ofSeconds(10);
    private static final long BYTES_PER_FILE = 4096;
    private static final long FEWEST_FILES = 10_000;
    private static final Duration LONGEST_COUNT = Duration.ofMinutes(2);

    private final ComputeStore computes;
    private final BiConsumer<ComputeId, String> exceeded;
    private final Thread watcher;

    DiskWatch(ComputeStore computes, BiConsumer<ComputeId, String> exceeded) {
        this.computes = computes;
        this.exceeded = exceeded;
        this.watcher = Thread.ofPlatform().daemon().name("sandkeep-disk-watch").start(this::watch);
    }

    private void watch() {
        try {
            while (true) {
                Thread.sleep(PERIOD);
                look();
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        for (ComputeId id : computes.list()) {
            try {
                computes.find(id)
                        .filter(record -> computes.running(record).isPresent())
                        .ifPresent(this::check);
            } catch (RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "event=disk_not_counted compute=" + id + " reason=\"" + e.getMessage() + "\"");
            }
        }
    }

    private void check(ComputeRecord record) {
        Path upper = computes.directory(record.id()).resolve("upper");
        if (!Files.isDirectory(upper)) {
            return;
        }
        OptionalLong bytes = count(upper, "--block-size=1");
        if (bytes.isPresent() && bytes.getAsLong() > record.diskBytes()) {
            end(record, "disk_limit_exceeded", "bytes=" + bytes.getAsLong() + " limit=" + record.diskBytes());
            return;
        }
        OptionalLong files = count(upper, "--inodes");
        long most = mostFiles(record.diskBytes());
        if (files.isPresent() && files.getAsLong() > most) {
            end(record, "file_limit_exceeded", "files=" + files.getAsLong() + " limit=" + most);
        }
    }

    /** Empty files take no space that is counted in bytes, and ten million of them leave a file system without inodes. */
    static long mostFiles(long diskBytes) {
        return Math.max(FEWEST_FILES, diskBytes / BYTES_PER_FILE);
    }

    private static OptionalLong count(Path upper, String what) {
        Command du = Command.run(
                List.of("nice", "-n", "19", "du", "--summarize", "--one-file-system", what, upper.toString()),
                LONGEST_COUNT);
        String number = du.output().lines().reduce("", (first, line) -> line).replaceAll("\\s.*", "");
        return !number.isEmpty() && number.chars().allMatch(Character::isDigit)
                ? OptionalLong.of(Long.parseLong(number))
                : OptionalLong.empty();
    }

    private void end(ComputeRecord record, String cause, String figures) {
        LOG.log(System.Logger.Level.WARNING, "event=" + cause + " compute=" + record.id() + " " + figures);
        exceeded.accept(record.id(), cause);
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
