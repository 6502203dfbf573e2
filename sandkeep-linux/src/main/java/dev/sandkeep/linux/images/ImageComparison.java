package dev.sandkeep.linux.images;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.linux.images.MergedDirectory.Found;
import dev.sandkeep.linux.images.MergedDirectory.Held;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.layers.Layer;
import dev.sandkeep.spi.ImageDiff;
import dev.sandkeep.spi.ProviderException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Compares what two chains of layers show. The layers that both stand on look the same in both, so that only names which one of
 * the other layers has are looked at; except below a directory where more or less of the common layers shows through.
 */
final class ImageComparison {
    private static final int DIRECTORIES_AHEAD_AT_MOST = 2_000_000;

    private final List<Layer> before;
    private final List<Layer> after;
    private final int common;
    private final SameFile same;
    private final DiffTotals totals;
    private final Deque<Work> ahead = new ArrayDeque<>();

    private ImageComparison(List<Layer> before, List<Layer> after, DiffTotals totals) {
        this.before = before;
        this.after = after;
        this.common = common(before, after);
        this.same = new SameFile(before, after);
        this.totals = totals;
    }

    /**
     * A directory to compare.
     *
     * @param path below the top, in ISO 8859-1, so that every byte is one character
     * @param before the layers of the earlier image that show through there; none when it has no such directory
     * @param after as {@code before}, of the later image
     */
    private record Work(String path, List<Integer> before, List<Integer> after) {
        byte[] bytes() {
            return path.getBytes(ISO_8859_1);
        }
    }

    /**
     * Compares two images given by their chains, topmost layer first.
     *
     * @param entries how many paths to name at most
     * @param largest how many directories to name at most
     */
    static ImageDiff of(List<Layer> before, List<Layer> after, int entries, int largest) {
        DiffTotals totals = new DiffTotals(entries);
        ImageComparison comparison = new ImageComparison(before, after, totals);
        comparison.descend(new Work("", MergedDirectory.all(before), MergedDirectory.all(after)));
        while (!comparison.ahead.isEmpty()) {
            comparison.compareDirectory(comparison.ahead.pop());
        }
        return totals.result(largest);
    }

    /** How many layers at the bottom of both chains are the same. */
    private static int common(List<Layer> before, List<Layer> after) {
        int common = 0;
        while (common < Math.min(before.size(), after.size())
                && before.get(before.size() - 1 - common)
                        .id()
                        .equals(after.get(after.size() - 1 - common).id())) {
            common++;
        }
        return common;
    }

    private void descend(Work work) {
        if (commonOf(work.before(), before).equals(commonOf(work.after(), after))
                && ownOf(work.before(), before).isEmpty()
                && ownOf(work.after(), after).isEmpty()) {
            return;
        }
        if (ahead.size() >= DIRECTORIES_AHEAD_AT_MOST) {
            throw new ProviderException(
                    ProviderException.Kind.FAULT,
                    "the images differ in more directories than can be compared (" + DIRECTORIES_AHEAD_AT_MOST + ")");
        }
        ahead.push(work);
    }

    /** Those of {@code layers} that both images have, counted from the bottom. */
    private List<Integer> commonOf(List<Integer> layers, List<Layer> chain) {
        return layers.stream()
                .map(layer -> chain.size() - 1 - layer)
                .filter(fromBottom -> fromBottom < common)
                .toList();
    }

    private List<Integer> ownOf(List<Integer> layers, List<Layer> chain) {
        return layers.stream().filter(layer -> isOwn(layer, chain)).toList();
    }

    private boolean isOwn(int layer, List<Layer> chain) {
        return chain.size() - 1 - layer >= common;
    }

    private void compareDirectory(Work work) {
        try (MergedDirectory earlier = MergedDirectory.open(before, work.before(), work.bytes());
                MergedDirectory later = MergedDirectory.open(after, work.after(), work.bytes())) {
            List<Directory> named = new ArrayList<>();
            boolean everything = !commonOf(work.before(), before).equals(commonOf(work.after(), after));
            addNaming(named, earlier, before, everything);
            addNaming(named, later, after, everything);
            for (int source = 0; source < named.size(); source++) {
                List<Directory> seen = named.subList(0, source);
                named.get(source).eachEntry(entry -> {
                    byte[] name = entry.name();
                    if (seen.stream()
                            .allMatch(directory -> directory.status(name).isEmpty())) {
                        compareName(work, name, earlier.find(name), later.find(name));
                    }
                });
            }
        }
    }

    /** Adds the directories whose names have to be looked at. */
    private void addNaming(List<Directory> named, MergedDirectory merged, List<Layer> chain, boolean everything) {
        for (Held held : merged.held()) {
            if (everything || isOwn(held.layer(), chain)) {
                named.add(held.directory());
            }
        }
    }

    private void compareName(Work work, byte[] name, Optional<Found> earlier, Optional<Found> later) {
        if (earlier.isEmpty() && later.isEmpty()) {
            return;
        }
        if (earlier.isEmpty() || later.isEmpty() || !isSame(name, earlier.get(), later.get())) {
            totals.add(work.bytes(), name, earlier.map(Found::status), later.map(Found::status));
        }
        List<Integer> throughBefore = earlier.map(Found::through).orElse(List.of());
        List<Integer> throughAfter = later.map(Found::through).orElse(List.of());
        if (!throughBefore.isEmpty() || !throughAfter.isEmpty()) {
            descend(new Work(
                    new String(PathBelow.joined(work.bytes(), name), ISO_8859_1), throughBefore, throughAfter));
        }
    }

    private boolean isSame(byte[] name, Found earlier, Found later) {
        boolean oneFile =
                !isOwn(earlier.layer(), before) && before.size() - earlier.layer() == after.size() - later.layer();
        return oneFile || same.test(name, earlier, later);
    }
}
