package dev.sandkeep.server.snapshots;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * How the Debian packages of two images differ.
 *
 * @param changes by name
 */
public record PackageDifference(List<PackageChange> changes) {
    public PackageDifference {
        changes = List.copyOf(changes);
    }

    /**
     * One package.
     *
     * @param before its version in the earlier image; empty when it was added
     * @param after its version in the later image; empty when it was removed
     */
    public record PackageChange(String name, Optional<String> before, Optional<String> after) {}

    static PackageDifference between(InstalledPackages before, InstalledPackages after) {
        TreeSet<String> names = new TreeSet<>(before.versions().keySet());
        names.addAll(after.versions().keySet());
        List<PackageChange> changes = new ArrayList<>();
        for (String name : names) {
            Optional<String> was = Optional.ofNullable(before.versions().get(name));
            Optional<String> is = Optional.ofNullable(after.versions().get(name));
            if (!was.equals(is)) {
                changes.add(new PackageChange(name, was, is));
            }
        }
        return new PackageDifference(changes);
    }
}
