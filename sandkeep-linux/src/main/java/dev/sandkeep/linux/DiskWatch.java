package dev.sandkeep.linux;

import dev.sandkeep.linux.computes.ComputeRecord;
import dev.sandkeep.linux.computes.ComputeStore;
import dev.sandkeep.linux.files.Command;
import dev.sandkeep.spi.ComputeId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Ends computes that write more than their disk limit. File systems that can enforce such a limit themselves are rare on hosts
 * as they are installed, so this looks every few seconds; a compute may overshoot by what it writes in between.
 */
final class DiskWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DiskWatch.class.getName());
    private static final Duration PERIOD = Duration.ofSeconds(10);
    private static final Duration LONGEST_COUNT = Duration.ofMinutes(2);

    private final ComputeStore computes;
    private final Consumer<ComputeId> exceeded;
    private final Thread watcher;

    DiskWatch(ComputeStore computes, Consumer<ComputeId> exceeded) {
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
        Command du = Command.run(
                List.of(
                        "nice",
                        "-n",
                        "19",
                        "du",
                        "--summarize",
                        "--one-file-system",
                        "--block-size=1",
                        upper.toString()),
                LONGEST_COUNT);
        String bytes = du.output().lines().reduce("", (first, line) -> line).replaceAll("\\s.*", "");
        if (!bytes.isEmpty()
                && bytes.chars().allMatch(Character::isDigit)
                && Long.parseLong(bytes) > record.diskBytes()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "event=disk_limit_exceeded compute=" + record.id() + " bytes=" + bytes + " limit="
                            + record.diskBytes());
            exceeded.accept(record.id());
        }
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
