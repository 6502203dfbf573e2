package dev.sandkeep.linux.volumes;

import static dev.sandkeep.linux.kernel.Directory.bytes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.EntryCopy;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.kernel.KernelException;
import dev.sandkeep.linux.kernel.Mounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** Does, in a directory of its own, what volumes, or copies of them, need a file system to do, and removes it. */
final class StorageTrial {
    private StorageTrial() {}

    /** One thing that is tried. */
    private interface Attempt {
        void in(Directory place, Path path) throws IOException;
    }

    /** Several things that are tried. */
    private interface Attempts {
        void in(Directory place, Path path, List<String> refusals);
    }

    /**
     * Tries in {@code directory}, which must exist, what volumes need that are written to by overlays.
     *
     * @return a sentence for each thing that cannot be done; empty when all can
     */
    static List<String> refusals(Path directory) throws IOException {
        return tried(directory, StorageTrial::asUpper);
    }

    /** Tries what copies of volumes need: less, but nothing of it can be done without. */
    static List<String> refusalsOfCopies(Path directory) throws IOException {
        return tried(directory, StorageTrial::asPlainFiles);
    }

    private static List<String> tried(Path directory, Attempts attempts) throws IOException {
        Path path = Files.createDirectory(directory.resolve(".trial-" + UUID.randomUUID()));
        List<String> refusals = new ArrayList<>();
        try (Directory place = Directory.open(path)) {
            attempts.in(place, path, refusals);
        } finally {
            try (Directory parent = Directory.open(directory)) {
                parent.removeTree(bytes(path.getFileName().toString()));
            }
        }
        return refusals;
    }

    private static void asPlainFiles(Directory place, Path path, List<String> refusals) {
        attempt(refusals, "it cannot replace a file by renaming another, on disk", place, path, (_, below) -> {
            JsonFile.write(below.resolve("file.json"), "old", Durability.POWER);
            JsonFile.write(below.resolve("file.json"), "new", Durability.POWER);
            require(JsonFile.read(below.resolve("file.json"), String.class)
                    .filter("new"::equals)
                    .isPresent());
        });
        attempt(refusals, "it does not give back what was written", place, path, (_, below) -> {
            byte[] content = new byte[70_000];
            content[content.length - 1] = 1;
            Files.write(below.resolve("file"), content);
            JsonFile.sync(below.resolve("file"));
            require(Arrays.equals(Files.readAllBytes(below.resolve("file")), content));
        });
        whatAllNeed(place, path, refusals);
    }

    private static void whatAllNeed(Directory place, Path path, List<String> refusals) {
        attempt(refusals, "it cannot rename directories that hold something", place, path, (_, below) -> {
            Files.createDirectories(below.resolve("a/b"));
            Files.move(below.resolve("a"), below.resolve("c"));
        });
        attempt(refusals, "it cannot flush a directory to disk", place, path, (_, below) -> JsonFile.sync(below));
    }

    private static void asUpper(Directory place, Path path, List<String> refusals) {
        attempt(refusals, "it keeps no owners", place, path, (at, any) -> {
            at.owner(65_536, 65_536);
            require(at.status().uid() == 65_536);
            at.owner(0, 0);
        });
        attempt(refusals, "it keeps no user.* attributes", place, path, (at, any) -> keeps(at, "user.trial"));
        attempt(
                refusals,
                "it keeps no trusted.overlay.* attributes",
                place,
                path,
                (at, any) -> keeps(at, "trusted.overlay.opaque"));
        attempt(refusals, "it has no device nodes, by which an overlay marks removed files", place, path, (at, any) -> {
            EntryCopy.makeWhiteout(at, bytes("whiteout"));
            require(at.status(bytes("whiteout")).filter(FileStatus::isWhiteout).isPresent());
        });
        attempt(refusals, "it cannot leave such a mark in a rename", place, path, (at, below) -> {
            Files.createFile(below.resolve("from"));
            at.renameLeavingWhiteout(bytes("from"), bytes("to"));
        });
        attempt(refusals, "no overlay can be written to it", place, path, (at, below) -> {
            for (String part : List.of("lower", "upper", "work")) {
                Files.createDirectory(below.resolve(part));
            }
            try (Directory lower = at.open(bytes("lower"))) {
                Mounts.tryOverlay(lower, new Mounts.Writable(below.resolve("upper"), below.resolve("work")));
            }
        });
        whatAllNeed(place, path, refusals);
    }

    private static void attempt(List<String> refusals, String refusal, Directory place, Path path, Attempt attempt) {
        try {
            attempt.in(place, path);
        } catch (KernelException | IOException | UncheckedIOException | IllegalStateException e) {
            refusals.add(refusal + " (" + e.getMessage() + ")");
        }
    }

    private static void keeps(Directory place, String attribute) {
        place.attribute(attribute, new byte[] {'y'});
        require(place.attribute(attribute).filter(value -> value.length == 1).isPresent());
    }

    private static void require(boolean kept) {
        if (!kept) {
            throw new IllegalStateException("it was accepted and not kept");
        }
    }
}
