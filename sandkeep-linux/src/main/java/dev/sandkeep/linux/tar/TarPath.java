package dev.sandkeep.linux.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.spi.FilePath;
import java.util.ArrayList;
import java.util.List;

/** A name of an archive as a path below the top of what is unpacked, in ISO 8859-1. */
final class TarPath {
    private final List<String> components;

    private TarPath(List<String> components) {
        this.components = components;
    }

    /** @throws MalformedTarException when it has a {@code ..} in it or a zero byte */
    static TarPath of(String name) throws MalformedTarException {
        List<String> components = new ArrayList<>();
        for (String component : name.split("/", -1)) {
            if (component.equals("..") || component.indexOf(0) >= 0) {
                throw new MalformedTarException("the archive has an entry that leads outside: '"
                        + new TarPath(components) + "/" + (component.equals("..") ? ".." : "") + "'");
            }
            if (!component.isEmpty() && !component.equals(".")) {
                components.add(component);
            }
        }
        return new TarPath(components);
    }

    boolean isTop() {
        return components.isEmpty();
    }

    String name() {
        return components.getLast();
    }

    byte[] nameBytes() {
        return name().getBytes(ISO_8859_1);
    }

    /** The directory that holds it; empty for the top. */
    String parent() {
        return String.join("/", components.subList(0, components.size() - 1));
    }

    /** The components joined by slashes, without one at either end. */
    String joined() {
        return String.join("/", components);
    }

    /** For messages. */
    @Override
    public String toString() {
        return FilePath.of(("/" + joined()).getBytes(ISO_8859_1)).toString();
    }
}
