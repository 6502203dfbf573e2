package dev.sandkeep.server.snapshots;

import java.util.Map;
import java.util.TreeMap;

/**
 * Debian packages that an image has.
 *
 * @param versions by name, with {@code :architecture} where it is not the image's own or {@code all}
 */
record InstalledPackages(Map<String, String> versions) {
    static final InstalledPackages NONE = new InstalledPackages(Map.of());

    InstalledPackages {
        versions = Map.copyOf(versions);
    }

    /**
     * Reads dpkg's status file: paragraphs of fields, separated by empty lines; a line that begins with white space goes on with the
     * field before. Only what is installed counts, not what was removed and left its configuration.
     */
    static InstalledPackages parse(String status) {
        Map<String, String> versions = new TreeMap<>();
        Map<String, String> paragraph = new TreeMap<>();
        for (String line : (Iterable<String>) () -> status.lines().iterator()) {
            if (line.isBlank()) {
                add(paragraph, versions);
                paragraph.clear();
            } else if (!Character.isWhitespace(line.charAt(0)) && line.indexOf(':') > 0) {
                int colon = line.indexOf(':');
                paragraph.put(
                        line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        add(paragraph, versions);
        return new InstalledPackages(versions);
    }

    private static void add(Map<String, String> paragraph, Map<String, String> versions) {
        String name = paragraph.getOrDefault("Package", "");
        String version = paragraph.getOrDefault("Version", "");
        if (name.isEmpty()
                || version.isEmpty()
                || !paragraph.getOrDefault("Status", "").endsWith(" installed")) {
            return;
        }
        // Two of a name are there for two architectures.
        String architecture = paragraph.getOrDefault("Architecture", "all");
        versions.put(versions.containsKey(name) ? name + ":" + architecture : name, version);
    }
}
