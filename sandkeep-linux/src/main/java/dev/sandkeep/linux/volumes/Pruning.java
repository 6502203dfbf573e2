package dev.sandkeep.linux.volumes;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.Directory.Entry;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** Removes from a directory that nobody writes to what patterns leave out. */
final class Pruning {
    private final ExcludePatterns patterns;
    private final Deque<String> ahead = new ArrayDeque<>();

    private Pruning(ExcludePatterns patterns) {
        this.patterns = patterns;
    }

    /** Directories keep their times. Does nothing, and reads nothing, without patterns. */
    static void prune(Path top, ExcludePatterns patterns) {
        if (patterns.isEmpty()) {
            return;
        }
        Pruning pruning = new Pruning(patterns);
        pruning.ahead.push("");
        try (Directory root = Directory.open(top)) {
            while (!pruning.ahead.isEmpty()) {
                pruning.pruneDirectory(root, pruning.ahead.pop());
            }
        }
    }

    private void pruneDirectory(Directory root, String path) {
        try (Directory directory = root.openBeneath(path.getBytes(ISO_8859_1))) {
            long modified = directory.status().modifiedNanos();
            boolean changed = false;
            for (Entry entry : directory.entries()) {
                String name = new String(entry.name(), ISO_8859_1);
                String below = path.isEmpty() ? name : path + "/" + name;
                if (patterns.excludes(below, entry.directory())) {
                    directory.removeTree(entry.name());
                    changed = true;
                } else if (entry.directory()) {
                    ahead.push(below);
                }
            }
            if (changed) {
                directory.modified(modified);
            }
        }
    }
}
