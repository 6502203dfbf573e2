package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.stereotype.Component;

/**
 * What pages load besides themselves. An address holds a digest of the content, so that browsers may keep the answer for ever
 * and never show an old one.
 */
@Component
public final class Assets {
    static final String PREFIX = "/assets/";
    /** Enough to tell contents apart. */
    private static final int DIGEST_BYTES = 8;

    private static final String WEB_ARCHIVES = "META-INF/resources/webjars/";
    /** Where the files of others are in their archives. */
    private static final Map<String, String> VENDORS = Map.of(
            "vendor/htmx/", WEB_ARCHIVES + "htmx.org/2.0.10/dist/",
            "vendor/codemirror/", WEB_ARCHIVES + "codemirror/5.65.18/");

    private final Map<String, String> addresses = new ConcurrentHashMap<>();

    /**
     * The address of a file.
     *
     * @throws IllegalArgumentException when there is none of that name
     */
    public String address(String name) {
        return addresses.computeIfAbsent(name, Assets::addressOf);
    }

    /** The file behind an address without its prefix; empty when there is none, or when the digest is another's. */
    Optional<Resource> find(String rest) {
        int slash = rest.indexOf('/');
        if (slash < 0 || rest.contains("..")) {
            return Optional.empty();
        }
        String name = rest.substring(slash + 1);
        Resource resource = resource(name);
        return resource.isReadable() && address(name).equals(PREFIX + rest) ? Optional.of(resource) : Optional.empty();
    }

    private static String addressOf(String name) {
        Resource resource = resource(name);
        try (InputStream content = resource.getInputStream()) {
            return PREFIX + HexFormat.of().formatHex(Sha256.of(content.readAllBytes()), 0, DIGEST_BYTES) + "/" + name;
        } catch (IOException e) {
            throw new UncheckedIOException("there is no asset '" + name + "'", e);
        }
    }

    private static Resource resource(String name) {
        return VENDORS.entrySet().stream()
                .filter(vendor -> name.startsWith(vendor.getKey()))
                .findFirst()
                .map(vendor -> new ClassPathResource(
                        vendor.getValue() + name.substring(vendor.getKey().length())))
                .orElseGet(() -> new ClassPathResource("assets/" + name));
    }
}
