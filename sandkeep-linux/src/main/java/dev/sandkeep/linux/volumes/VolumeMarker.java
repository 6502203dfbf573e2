package dev.sandkeep.linux.volumes;

import dev.sandkeep.spi.PersistedPath;
import dev.sandkeep.spi.VolumeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * {@code volume.json}: says whose directory this is.
 *
 * @param format of everything in the directory; {@value #FORMAT} here
 * @param id the volume's
 * @param sandbox that it belongs to
 * @param paths that it keeps
 * @param rules what is asked of each path, in their order; null when nothing is
 */
record VolumeMarker(
        int format,
        String id,
        String sandbox,
        List<String> paths,
        @Nullable List<Rule> rules) {
    static final int FORMAT = 1;

    VolumeMarker {
        paths = List.copyOf(paths);
        rules = rules == null ? null : List.copyOf(rules);
    }

    /**
     * What is asked of a path.
     *
     * @param exclude patterns of what need not be kept
     * @param maxBytes its size limit; 0 for none
     */
    record Rule(List<String> exclude, long maxBytes) {
        static final Rule NONE = new Rule(List.of(), 0);

        Rule {
            exclude = List.copyOf(exclude);
        }

        static Rule of(PersistedPath path) {
            return new Rule(path.exclude(), path.maxBytes().orElse(0));
        }
    }

    static VolumeMarker of(VolumeSpec spec) {
        List<Rule> rules = new ArrayList<>();
        spec.paths().forEach(path -> rules.add(Rule.of(path)));
        return new VolumeMarker(
                FORMAT,
                spec.id().value(),
                spec.sandbox(),
                spec.places(),
                rules.stream().allMatch(Rule.NONE::equals) ? null : rules);
    }

    private Rule rule(int index) {
        return rules == null ? Rule.NONE : rules.get(index);
    }

    /** What of a path need not be kept. */
    ExcludePatterns exclude(int index) {
        return new ExcludePatterns(rule(index).exclude());
    }

    /** The size limit of a path. */
    OptionalLong maxBytes(int index) {
        long max = rule(index).maxBytes();
        return max == 0 ? OptionalLong.empty() : OptionalLong.of(max);
    }
}
