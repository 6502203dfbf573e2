package dev.sandkeep.linux.registry;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an image for this host consists of.
 *
 * @param digest of what the reference named: the image itself, or the index that lists it for several platforms
 * @param layers lowest first, never none
 */
record Manifest(String digest, List<Layer> layers) {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int LARGEST = 8 << 20;
    private static final int MOST_LAYERS = 400;
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final String ACCEPT = String.join(
            ", ",
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.docker.distribution.manifest.v2+json");

    Manifest {
        layers = List.copyOf(layers);
    }

    /**
     * One layer.
     *
     * @param blob digest of it as the registry stores it, compressed or not
     * @param size of the blob in bytes
     * @param content digest of the archive in it
     */
    record Layer(String blob, long size, String content) {}

    /** A document and its digest. */
    private record Document(String digest, JsonNode json) {}

    /** Reads what {@code image} means for this host's processor. */
    static Manifest fetch(RegistryClient registry, ImageReference image) throws UnavailableImageException, IOException {
        Document named = manifest(registry, image, image.wanted());
        Document manifest = named.json().path("manifests").isArray()
                ? manifest(registry, image, forThisHost(named.json(), image))
                : named;
        if (!manifest.json().path("layers").isArray()) {
            throw UnavailableImageException.forGood(
                    image + " has a manifest in a form that is not known, perhaps from before 2016: build it anew");
        }
        String configDigest = digest(manifest.json().path("config"), image);
        JsonNode config =
                document(registry.blob(configDigest), configDigest, image).json();
        if (!platform().equals(platform(config))) {
            throw UnavailableImageException.forGood(image + " is for " + platform(config) + ", and this host is "
                    + platform() + ": choose an image for it");
        }
        return new Manifest(named.digest(), layers(manifest.json().path("layers"), config, image));
    }

    private static Document manifest(RegistryClient registry, ImageReference image, String tagOrDigest)
            throws UnavailableImageException, IOException {
        return document(registry.manifest(tagOrDigest, ACCEPT), tagOrDigest, image);
    }

    private static Document document(InputStream stream, String wanted, ImageReference image)
            throws UnavailableImageException, IOException {
        byte[] bytes;
        String digest;
        try (DigestedStream download = new DigestedStream(stream)) {
            bytes = download.readNBytes(LARGEST + 1);
            digest = download.digest();
        }
        if (bytes.length > LARGEST) {
            throw UnavailableImageException.forGood(image + " has a manifest of more than " + LARGEST + " bytes");
        }
        if (DIGEST.matcher(wanted).matches() && !wanted.equals(digest)) {
            throw mismatch(image, wanted, digest);
        }
        try {
            return new Document(digest, JSON.readTree(bytes));
        } catch (JacksonException e) {
            throw UnavailableImageException.forGood("the registry " + image.host() + " answers no manifest for " + image
                    + ": is it a container registry?");
        }
    }

    static UnavailableImageException mismatch(ImageReference image, String wanted, String got) {
        return UnavailableImageException.forNow("what the registry " + image.host() + " sends for " + image
                + " is not what was asked for: expected " + wanted + ", got " + got);
    }

    private static String forThisHost(JsonNode index, ImageReference image) throws UnavailableImageException {
        List<String> others = new ArrayList<>();
        for (JsonNode entry : index.path("manifests")) {
            String platform = platform(entry.path("platform"));
            if (platform.equals(platform())) {
                return digest(entry, image);
            }
            others.add(platform);
        }
        throw UnavailableImageException.forGood("there is no " + platform() + " in " + image + ", only "
                + others.stream()
                        .filter(platform -> !platform.contains("unknown"))
                        .distinct()
                        .limit(10)
                        .toList() + ": choose an image for this host");
    }

    private static List<Layer> layers(JsonNode layers, JsonNode config, ImageReference image)
            throws UnavailableImageException {
        JsonNode contents = config.path("rootfs").path("diff_ids");
        if (layers.isEmpty() || layers.size() > MOST_LAYERS || contents.size() != layers.size()) {
            throw UnavailableImageException.forGood(image + " has " + layers.size()
                    + " layers, and its configuration lists " + contents.size() + ": it needs 1 to " + MOST_LAYERS
                    + ", and as many");
        }
        List<Layer> found = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            String content = contents.get(i).asString("");
            if (!DIGEST.matcher(content).matches()) {
                throw malformed(image);
            }
            found.add(new Layer(
                    digest(layers.get(i), image), layers.get(i).path("size").asLong(0), content));
        }
        return found;
    }

    private static String digest(JsonNode descriptor, ImageReference image) throws UnavailableImageException {
        String digest = descriptor.path("digest").asString("");
        if (!DIGEST.matcher(digest).matches()) {
            throw malformed(image);
        }
        return digest;
    }

    private static UnavailableImageException malformed(ImageReference image) {
        return UnavailableImageException.forGood("the manifest of " + image + " has a digest that is no sha256");
    }

    private static String platform(JsonNode platform) {
        return platform.path("os").asString("unknown") + "/"
                + platform.path("architecture").asString("unknown");
    }

    private static String platform() {
        String architecture = System.getProperty("os.arch");
        return "linux/" + Map.of("aarch64", "arm64").getOrDefault(architecture, architecture);
    }
}
