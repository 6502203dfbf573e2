package dev.sandkeep.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.linux.registry.LocalRegistry;
import dev.sandkeep.linux.registry.OciLayout;
import dev.sandkeep.linux.registry.TokenServer;
import dev.sandkeep.linux.tar.TarBuilder;
import dev.sandkeep.spi.BaseImageOutcome;
import dev.sandkeep.spi.BaseImageOutcome.Ready;
import dev.sandkeep.spi.BaseImageOutcome.Unavailable;
import dev.sandkeep.spi.BaseImageSource;
import dev.sandkeep.spi.ChangeVisitor;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ComputeSpec;
import dev.sandkeep.spi.DeleteImageOutcome;
import dev.sandkeep.spi.ExecOutcome;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.FilePath;
import dev.sandkeep.spi.ImageDescription;
import dev.sandkeep.spi.ImageDiff;
import dev.sandkeep.spi.ImageFileOutcome;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.StartOutcome;
import dev.sandkeep.spi.contract.ProviderFixture;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Base images from a registry server that is real, and from what pretends to be one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RegistryPullTest {
    private static final String PASSWORD = "wonderland";
    /** That password of the user {@code alice}, by bcrypt. */
    private static final String HTPASSWD = "alice:$2b$05$abcdefghijklmnopqrstuuA0vov2GDneHB3.8.cv9UF9g.RdvScIW";

    @TempDir
    static Path places = Path.of("unset");

    private final List<LocalRegistry> registries = Collections.synchronizedList(new ArrayList<>());
    private final List<String> progress = Collections.synchronizedList(new ArrayList<>());
    private LocalRegistry registry;
    private SandboxProvider provider;
    private List<ImageId> before = List.of();

    @BeforeAll
    void open() {
        TestInstallation.config();
        registry = tracked(LocalRegistry.open(places.resolve("registry")));
    }

    private LocalRegistry tracked(LocalRegistry made) {
        registries.add(made);
        return made;
    }

    @BeforeEach
    void openProvider() {
        provider = new LinuxSandboxProviderFactory().open(TestInstallation.config());
        before = imageIds();
    }

    @AfterEach
    void removeImages() throws IOException {
        List<ImageId> made = new ArrayList<>(imageIds());
        made.removeAll(before);
        // Whatever stands on others goes first; as often as there are layers.
        for (int round = 0; round < 10 && !made.isEmpty(); round++) {
            made.removeIf(image -> provider.deleteImage(image) instanceof DeleteImageOutcome.Deleted);
        }
        assertThat(made).isEmpty();
        assertThat(prepared()).isEmpty();
        provider.close();
        progress.clear();
    }

    @AfterAll
    void stopRegistries() {
        registries.forEach(LocalRegistry::close);
    }

    private List<ImageId> imageIds() {
        return provider.listImages().stream().map(ImageDescription::id).toList();
    }

    /** What pulls have under way or have left. */
    private static List<Path> prepared() throws IOException {
        try (Stream<Path> entries =
                Files.list(TestInstallation.config().dataDirectory().resolve("tmp"))) {
            return entries.filter(it -> it.getFileName().toString().startsWith("layer-"))
                    .toList();
        }
    }

    private Ready pulled(String reference) {
        return switch (pull(reference)) {
            case Ready ready -> ready;
            case Unavailable unavailable -> fail(unavailable.reason());
        };
    }

    private BaseImageOutcome pull(String reference) {
        return provider.ensureBaseImage(new BaseImageSource.Registry(registry.host() + "/" + reference), progress::add);
    }

    private Unavailable refused(String reference) {
        return (Unavailable) pull(reference);
    }

    private static OciLayout layout(String name) throws IOException {
        return OciLayout.in(places.resolve(name + "-" + UUID.randomUUID()));
    }

    private String text(ImageId image, String path) {
        return switch (provider.readImageFile(image, FilePath.of(path), 1000)) {
            case ImageFileOutcome.Found found -> UTF_8.decode(found.content()).toString();
            case ImageFileOutcome other -> other.toString();
        };
    }

    // --------------------------------------------------------------------------------------------- a real image

    @Test
    void a_real_debian_comes_out_of_a_registry_as_it_went_in_and_runs() throws IOException {
        ImageId debian = TestInstallation.debian(provider);
        Path files = TestInstallation.config().dataDirectory().resolve("layers/" + debian.value() + "/diff");
        OciLayout layout = layout("debian");
        Process tar = new ProcessBuilder(
                        "tar", "-C", files.toString(), "--format=pax", "--xattrs", "--xattrs-include=*", "-c", ".")
                .start();
        try (InputStream archive = tar.getInputStream()) {
            layout.layer(archive);
        }
        layout.layer(new TarBuilder()
                .mode(0666, 0)
                .device("host-memory", '3', 1, 1)
                .device("host-log", '3', 1, 11)
                .device("host-disk", '4', 7, 0)
                .bytes());
        layout.finish();
        registry.push(layout, "team/debian:bookworm");

        Ready ready = pulled("team/debian:bookworm");

        ImageDiff diff = provider.diffImages(debian, ready.image(), 20, 5).orElseThrow();
        assertThat(diff.entries())
                .extracting(entry -> entry.path().toString())
                .containsExactlyInAnyOrder("/host-memory", "/host-log", "/host-disk");
        assertThat(ready.digest()).matches("sha256:[0-9a-f]{64}");
        assertThat(run(ready.image(), "dpkg --verify && . /etc/os-release && echo $VERSION_CODENAME"))
                .isEqualTo("bookworm");
        assertThat(run(ready.image(), "for d in /host-*; do ls -l $d; head -c 1 $d && echo opened $d; done"))
                .contains("/host-memory", "/host-log", "/host-disk")
                .doesNotContain("opened");
    }

    private String run(ImageId image, String script) throws IOException {
        ComputeId id = new ComputeId("sbx_pull" + UUID.randomUUID().toString().substring(0, 8), 1);
        try {
            assertThat(provider.start(new ComputeSpec(id, image, ProviderFixture.SMALL, Map.of(), List.of(), Map.of())))
                    .isInstanceOf(StartOutcome.Started.class);
            try (ExecProcess process =
                    ((ExecOutcome.Executing) provider.exec(id, ExecSpec.of("sh", "-c", script + " 2>&1"))).process()) {
                return new String(process.stdout().readAllBytes(), UTF_8).strip();
            }
        } finally {
            provider.destroy(id);
        }
    }

    // --------------------------------------------------------------------------------------------------- layers

    private OciLayout twoLayers(String name, String upper) throws IOException {
        return layout(name)
                .layer(new TarBuilder()
                        .directory("etc")
                        .file("etc/kept", "lower")
                        .file("etc/gone", "lower")
                        .file("etc/changed", "lower")
                        .mode(0750, 42)
                        .directory("srv/hidden")
                        .file("srv/hidden/file", "lower")
                        .bytes())
                .layer(new TarBuilder()
                        .file("etc/.wh.gone", "")
                        .file("etc/changed", upper)
                        .file("srv/hidden/.wh..wh..opq", "")
                        .file("srv/hidden/other", upper)
                        .bytes());
    }

    @Test
    void images_share_the_layers_that_they_begin_with() throws IOException {
        OciLayout one = twoLayers("one", "one");
        one.finish();
        OciLayout other = twoLayers("other", "other");
        other.finish();
        registry.push(one, "shared/one:1");
        registry.push(other, "shared/other:1");

        Ready first = pulled("shared/one:1");
        List<String> firstTime = List.copyOf(progress);
        progress.clear();
        Ready second = pulled("shared/other:1");

        assertThat(firstTime).filteredOn(line -> line.contains("unpacked")).hasSize(2);
        assertThat(progress).filteredOn(line -> line.contains("unpacked")).hasSize(1);
        assertThat(progress).anyMatch(line -> line.contains("Layer 1 of 2 is there already"));
        assertThat(parent(first.image())).isEqualTo(parent(second.image())).isPresent();
        assertThat(text(first.image(), "/etc/changed")).isEqualTo("one");
        assertThat(text(second.image(), "/etc/changed")).isEqualTo("other");
        assertThat(text(first.image(), "/etc/kept")).isEqualTo("lower");
        assertThat(text(first.image(), "/etc/gone")).startsWith("NoSuchFile");
        assertThat(text(first.image(), "/srv/hidden/file")).startsWith("NoSuchFile");
        assertThat(text(first.image(), "/srv/hidden/other")).isEqualTo("one");
        assertThat(provider.deleteImage(parent(first.image()).orElseThrow()))
                .isInstanceOf(DeleteImageOutcome.InUse.class);
        assertThat(first.reused()).isFalse();
        assertThat(pulled("shared/one:1")).isEqualTo(new Ready(first.image(), first.digest(), true));
        // A directory that the upper layer did not mention looks as in the lower one.
        String[] hidden = {""};
        provider.visitChanges(first.image(), file -> {
            hidden[0] += file.path().toString().equals("/srv/hidden") ? "%o".formatted(file.permissions()) : "";
            return ChangeVisitor.Next.CONTINUE;
        });
        assertThat(hidden[0]).isEqualTo("750");
    }

    private Optional<ImageId> parent(ImageId image) {
        return provider.listImages().stream()
                .filter(it -> it.id().equals(image))
                .findFirst()
                .flatMap(ImageDescription::parent);
    }

    @Test
    void layers_compressed_with_zstd_and_manifests_in_dockers_form_are_the_same_image() throws IOException {
        OciLayout layout = twoLayers("forms", "x");
        layout.finish();
        registry.push(layout, "forms/gzip:1");
        registry.push(layout, "forms/docker:1", "--format", "v2s2");
        registry.push(layout, "forms/zstd:1", "--dest-compress", "--dest-compress-format", "zstd");

        Ready gzip = pulled("forms/gzip:1");
        Ready docker = pulled("forms/docker:1");
        Ready zstd = pulled("forms/zstd:1");

        assertThat(docker.image()).isEqualTo(gzip.image());
        assertThat(docker.digest()).isNotEqualTo(gzip.digest());
        assertThat(zstd.image()).isEqualTo(gzip.image());
        provider.deleteImage(gzip.image());
        assertThat(pulled("forms/zstd:1")).isEqualTo(new Ready(gzip.image(), zstd.digest(), false));
    }

    // ----------------------------------------------------------------------------------------- several platforms

    @Test
    void of_an_image_for_several_platforms_this_hosts_is_taken() throws IOException {
        OciLayout mine =
                layout("mine").layer(new TarBuilder().file("which", "mine").bytes());
        OciLayout foreign = layout("foreign")
                .architecture("s390x")
                .layer(new TarBuilder().file("which", "foreign").bytes());
        String mineText = mine.finish();
        String foreignText = foreign.finish();
        registry.push(mine, "multi/all:mine");
        registry.push(foreign, "multi/all:foreign", "--override-arch", "s390x");
        String both = index(entry(foreignText, "s390x"), entry(mineText, "amd64"));
        String digest = registry.putManifest("multi/all", "both", "application/vnd.oci.image.index.v1+json", both);
        registry.putManifest(
                "multi/all",
                "none",
                "application/vnd.oci.image.index.v1+json",
                index(entry(foreignText, "s390x"), entry(foreignText, "unknown")));

        Ready ready = pulled("multi/all:both");

        assertThat(text(ready.image(), "/which")).isEqualTo("mine");
        assertThat(ready.digest()).isEqualTo(digest);
        assertThat(refused("multi/all:none"))
                .returns(false, Unavailable::retryable)
                .extracting(Unavailable::reason)
                .asString()
                .contains("linux/amd64", "linux/s390x")
                .doesNotContain("unknown");
        assertThat(refused("multi/all:foreign").reason()).contains("linux/s390x", "linux/amd64");
    }

    private static String index(String... entries) {
        return "{\"schemaVersion\": 2, \"mediaType\": \"application/vnd.oci.image.index.v1+json\", \"manifests\": ["
                + String.join(",", entries) + "]}";
    }

    private static String entry(String manifest, String architecture) throws IOException {
        return "{\"mediaType\": \"application/vnd.oci.image.manifest.v1+json\", \"digest\": \"%s\", \"size\": %d, \"platform\": {\"os\": \"linux\", \"architecture\": \"%s\"}}"
                .formatted(OciLayout.digestOf(manifest), manifest.length(), architecture);
    }

    // ---------------------------------------------------------------------------------------------------- digest

    @Test
    void a_pinned_image_is_that_content_and_once_pulled_needs_no_registry() throws IOException {
        LocalRegistry shortLived = tracked(LocalRegistry.open(places.resolve("short-lived")));
        OciLayout layout = twoLayers("pinned", "x");
        layout.finish();
        shortLived.push(layout, "pinned/image:1");
        String named = shortLived.host() + "/pinned/image";
        Ready byTag = (Ready) provider.ensureBaseImage(new BaseImageSource.Registry(named + ":1"), progress::add);
        shortLived.close();

        assertThat(provider.ensureBaseImage(
                        new BaseImageSource.Registry(named + ":other@" + byTag.digest()), progress::add))
                .isEqualTo(new Ready(byTag.image(), byTag.digest(), true));
        assertThat(provider.ensureBaseImage(new BaseImageSource.Registry(named + ":1"), progress::add))
                .isInstanceOfSatisfying(Unavailable.class, unavailable -> {
                    assertThat(unavailable.retryable()).isTrue();
                    assertThat(unavailable.reason()).contains(shortLived.host(), "cannot be reached");
                });
    }

    @Test
    void what_is_not_what_its_digest_says_becomes_no_image() throws IOException {
        OciLayout layout = layout("damaged")
                .layer(new TarBuilder().file("f", "x".repeat(5000)).bytes());
        layout.finish();
        registry.push(layout, "damaged/image:1");
        Path blob = registry.stored(layout.layers().getFirst().digest());
        byte[] bytes = Files.readAllBytes(blob);
        bytes[bytes.length / 2] ^= 1;
        Files.write(blob, bytes, StandardOpenOption.TRUNCATE_EXISTING);

        Unavailable unavailable = refused("damaged/image:1");

        assertThat(unavailable.reason())
                .contains("not what was asked for", layout.layers().getFirst().digest());
        assertThat(imageIds()).isEqualTo(before);
        assertThat(prepared()).isEmpty();
    }

    @Test
    void a_hostile_layer_becomes_no_image() throws IOException {
        OciLayout layout = layout("hostile")
                .layer(new TarBuilder()
                        .link("l", "/etc")
                        .file("l/passwd", "owned")
                        .bytes());
        layout.finish();
        registry.push(layout, "hostile/image:1");

        Unavailable unavailable = refused("hostile/image:1");

        assertThat(unavailable.retryable()).isFalse();
        assertThat(unavailable.reason()).contains("cannot be unpacked", "'/l'");
        assertThat(imageIds()).isEqualTo(before);
    }

    // ------------------------------------------------------------------------------------------- who may, and what is

    @Test
    void what_is_not_there_is_said_to_be_not_there() {
        assertThat(refused("no/such:tag"))
                .returns(false, Unavailable::retryable)
                .extracting(Unavailable::reason)
                .asString()
                .contains("there is no image", "no/such:tag");
    }

    @Test
    void a_guarded_registry_wants_credentials_from_the_configuration() throws IOException {
        LocalRegistry guarded = tracked(LocalRegistry.guarded(places.resolve("guarded"), HTPASSWD, "alice", PASSWORD));
        OciLayout layout = twoLayers("guarded", "secret content");
        layout.finish();
        guarded.push(layout, "private/image:1");
        BaseImageSource.Registry source = new BaseImageSource.Registry(guarded.host() + "/private/image:1");

        assertThat(provider.ensureBaseImage(source, progress::add))
                .isInstanceOfSatisfying(Unavailable.class, unavailable -> {
                    assertThat(unavailable.retryable()).isFalse();
                    assertThat(unavailable.reason()).contains("wants credentials", "registry-credentials");
                });
        assertThat(ensureWith(guarded.host(), "alice:wrong", source))
                .isInstanceOfSatisfying(
                        Unavailable.class,
                        unavailable -> assertThat(unavailable.reason())
                                .contains("refuses the configured credentials")
                                .doesNotContain("wrong"));
        Ready ready = (Ready) ensureWith(guarded.host(), "alice:" + PASSWORD, source);
        assertThat(text(ready.image(), "/etc/changed")).isEqualTo("secret content");
        String encoded = Base64.getEncoder().encodeToString(("alice:" + PASSWORD).getBytes(UTF_8));
        assertThat(progress).noneMatch(line -> line.contains(PASSWORD) || line.contains(encoded));
    }

    private BaseImageOutcome ensureWith(String host, String credentials, BaseImageSource source) throws IOException {
        Path file = Files.writeString(
                places.resolve("config-" + UUID.randomUUID() + ".json"),
                "{\"auths\": {\"%s\": {\"auth\": \"%s\"}}}"
                        .formatted(host, Base64.getEncoder().encodeToString(credentials.getBytes(UTF_8))));
        ProviderConfig plain = TestInstallation.config();
        ProviderConfig config = new ProviderConfig(
                plain.dataDirectory(), plain.installation(), Map.of("registry-credentials", file.toString()));
        try (SandboxProvider second = new LinuxSandboxProviderFactory().open(config)) {
            return second.ensureBaseImage(source, progress::add);
        }
    }

    // --------------------------------------------------------------------------------------------- many, and half

    @Test
    void a_registry_that_wants_tokens_is_told_what_its_token_server_signs() throws Exception {
        try (TokenServer tokens = new TokenServer(places.resolve("tokens"), "alice", PASSWORD)) {
            LocalRegistry guarded =
                    tracked(LocalRegistry.tokens(places.resolve("token-registry"), tokens, "alice", PASSWORD));
            OciLayout layout = twoLayers("tokens", "for holders of a token");
            layout.finish();
            guarded.push(layout, "public/image:1");
            guarded.push(layout, "private/image:1");
            tokens.requests().clear();

            Ready open = (Ready) provider.ensureBaseImage(
                    new BaseImageSource.Registry(guarded.host() + "/public/image:1"), progress::add);
            assertThat(text(open.image(), "/etc/changed")).isEqualTo("for holders of a token");
            assertThat(tokens.requests())
                    .containsOnly(new TokenServer.Request(TokenServer.SERVICE, "repository:public/image:pull", false));

            BaseImageSource.Registry closed = new BaseImageSource.Registry(guarded.host() + "/private/image:1");
            assertThat(provider.ensureBaseImage(closed, progress::add))
                    .isInstanceOfSatisfying(
                            Unavailable.class,
                            outcome -> assertThat(outcome.reason()).contains("wants credentials"));
            assertThat(ensureWith(guarded.host(), "alice:wrong", closed))
                    .isInstanceOfSatisfying(
                            Unavailable.class,
                            outcome -> assertThat(outcome.reason())
                                    .contains("refuses the configured credentials")
                                    .doesNotContain("wrong"));
            tokens.requests().clear();
            assertThat(ensureWith(guarded.host(), "alice:" + PASSWORD, closed)).isInstanceOf(Ready.class);
            assertThat(tokens.requests())
                    .containsOnly(new TokenServer.Request(TokenServer.SERVICE, "repository:private/image:pull", true));
            assertThat(progress).noneMatch(line -> line.contains(PASSWORD) || line.contains("eyJ"));
        }
    }

    @Test
    void who_wants_the_same_image_at_once_shares_one_pull() throws IOException {
        OciLayout layout = twoLayers("many", "x")
                .layer(new TarBuilder().file("big", new byte[3_000_000]).bytes());
        layout.finish();
        registry.push(layout, "many/image:1");

        List<BaseImageOutcome> outcomes =
                ProviderFixture.atOnce(Collections.<Callable<BaseImageOutcome>>nCopies(5, () -> pull("many/image:1")));

        assertThat(outcomes)
                .extracting(outcome -> ((Ready) outcome).image())
                .containsOnly(((Ready) outcomes.getFirst()).image());
        assertThat(progress).filteredOn(line -> line.contains("unpacked")).hasSize(3);
    }

    @Test
    void a_pull_that_is_interrupted_leaves_nothing_and_the_next_one_goes_through() throws Exception {
        OciLayout layout = layout("half")
                .layer(new TarBuilder().file("first", "x").bytes())
                .layer(new TarBuilder().file("second", new byte[200_000]).bytes());
        String manifest = layout.finish();
        try (HaltingRegistry halting = new HaltingRegistry(layout, manifest)) {
            BaseImageSource.Registry source = new BaseImageSource.Registry(halting.host() + "/half:1");
            List<Throwable> ends = Collections.synchronizedList(new ArrayList<>());
            Thread pull = Thread.ofVirtual().start(() -> {
                try {
                    provider.ensureBaseImage(source, progress::add);
                } catch (RuntimeException e) {
                    ends.add(e);
                }
            });
            halting.awaitHalted();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(prepared()).hasSize(1));

            pull.interrupt();
            assertThat(pull.join(Duration.ofSeconds(30))).isTrue();

            assertThat(ends).singleElement().asString().contains("interrupted");
            assertThat(prepared()).isEmpty();
            halting.goOn();
            Ready ready = (Ready) provider.ensureBaseImage(source, progress::add);
            assertThat(text(ready.image(), "/first")).isEqualTo("x");
            assertThat(progress).filteredOn(line -> line.contains("unpacked")).hasSize(2);
        }
    }
}
