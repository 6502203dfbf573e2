package dev.sandkeep.linux.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The cgroups of an installation, on either layout: one tree (version 2), or one for each controller (version 1, and the
 * hybrid of both).
 */
public final class ControlGroups {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    private static final Path MIXED_IN = ROOT.resolve("unified");

    private final String prefix;

    /** @param installation names the subtree */
    public ControlGroups(String installation) {
        this.prefix = "sandkeep/" + installation;
    }

    /** Whether the host has one tree only. */
    public static boolean unified() {
        return Files.exists(ROOT.resolve("cgroup.controllers"));
    }

    /**
     * What the runtime should not see: where version 1 and 2 are mixed, crun refuses to work as long as the version 2 tree has a
     * controller, even one that nobody uses, and is content with version 1 when it sees nothing else. It still makes its
     * directories there, so what covers it has to take them.
     */
    public static List<Path> hiddenFromRuntime() {
        return unified() || !Files.isDirectory(MIXED_IN) ? List.of() : List.of(MIXED_IN);
    }

    /** The path to give to the runtime for a compute. */
    public String pathOf(String compute) {
        return "/" + prefix + "/" + compute;
    }

    private static List<Path> trees() {
        if (unified()) {
            return List.of(ROOT);
        }
        try (Stream<Path> trees = Files.list(ROOT)) {
            return trees.filter(Files::isDirectory)
                    .filter(tree -> !Files.isSymbolicLink(tree) && !tree.equals(MIXED_IN))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(ROOT + " could not be listed", e);
        }
    }

    /** The processes of a compute, by number; none when its cgroup is gone. */
    public Set<Long> processes(String compute) {
        for (Path tree : trees()) {
            Path group = tree.resolve(prefix).resolve(compute);
            if (Files.isDirectory(group)) {
                return processesBelow(group);
            }
        }
        return Set.of();
    }

    private static Set<Long> processesBelow(Path group) {
        Set<Long> found = new LinkedHashSet<>();
        try (Stream<Path> groups = Files.walk(group)) {
            for (Path directory : groups.filter(Files::isDirectory).toList()) {
                for (String line : Files.readAllLines(directory.resolve("cgroup.procs"))) {
                    found.add(Long.parseLong(line.strip()));
                }
            }
        } catch (NoSuchFileException e) {
            return found;
        } catch (IOException | UncheckedIOException e) {
            // A group that is removed while it is read answers ENODEV.
            return found;
        }
        return found;
    }

    /**
     * Holds every process of a compute still.
     *
     * @return false when something still ran after {@code patience}; then all go on
     */
    public boolean freeze(String compute, Duration patience) {
        return freezer(compute).freeze(patience);
    }

    /** Lets every process of a compute go on. Does nothing when it has no cgroup. */
    public void thaw(String compute) {
        if (frozen(compute)) {
            freezer(compute).thaw();
        }
    }

    /** Whether the processes of a compute are held still. */
    public boolean frozen(String compute) {
        return freezer(compute).asked();
    }

    private Freezer freezer(String compute) {
        Path tree = unified() ? ROOT : ROOT.resolve("freezer");
        return new Freezer(tree.resolve(prefix).resolve(compute), unified());
    }

    /**
     * Removes what is left of a compute's cgroups, which must hold no process; to be called where the runtime runs, with what
     * {@link #hiddenFromRuntime} names covered.
     */
    public void remove(String compute) {
        for (Path covered : hiddenFromRuntime()) {
            Path inCover = covered.resolve(prefix).resolve(compute);
            inCover.resolve("cgroup.procs").toFile().delete();
            inCover.toFile().delete();
        }
        for (Path tree : trees()) {
            removeBelow(tree.resolve(prefix).resolve(compute));
        }
    }

    /** Removes the installation's own, empty cgroups. */
    public void removeAll() {
        for (Path tree : trees()) {
            tree.resolve(prefix).toFile().delete();
            tree.resolve("sandkeep").toFile().delete();
        }
    }

    private static void removeBelow(Path group) {
        if (!Files.isDirectory(group)) {
            return;
        }
        try (Stream<Path> groups = Files.walk(group)) {
            for (Path directory : groups.filter(Files::isDirectory).toList().reversed()) {
                Files.deleteIfExists(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(group + " could not be removed", e);
        }
    }

    /** The computes of this installation that have a cgroup. */
    public Set<String> computes() {
        Set<String> names = new LinkedHashSet<>();
        for (Path tree : trees()) {
            Path subtree = tree.resolve(prefix);
            if (Files.isDirectory(subtree)) {
                names.addAll(directoriesIn(subtree));
            }
        }
        return names;
    }

    private static List<String> directoriesIn(Path directory) {
        List<String> names = new ArrayList<>();
        try (Stream<Path> children = Files.list(directory)) {
            children.filter(Files::isDirectory)
                    .forEach(child -> names.add(child.getFileName().toString()));
        } catch (IOException e) {
            return names;
        }
        return names;
    }

    /** How often the kernel killed something in a compute for want of memory. */
    public long outOfMemoryKills(String compute) {
        for (Path tree : trees()) {
            for (String file : List.of("memory.events", "memory.oom_control")) {
                Path events = tree.resolve(prefix).resolve(compute).resolve(file);
                for (String line : OciRuntime.read(events).lines().toList()) {
                    if (line.startsWith("oom_kill ")) {
                        return Long.parseLong(
                                line.substring("oom_kill ".length()).strip());
                    }
                }
            }
        }
        return 0;
    }
}
