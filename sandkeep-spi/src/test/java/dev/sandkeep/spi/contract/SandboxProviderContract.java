package dev.sandkeep.spi.contract;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.HostResource;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.SandboxProviderFactory;
import dev.sandkeep.spi.VolumeBackendFactory;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What {@link SandboxProvider} promises, as tests, in groups: {@link LifecycleRules}, {@link PauseRules}, {@link CheckpointRules}, {@link ExecRules},
 * {@link ImageRules}, {@link ImageContentRules}, {@link HostileSetupRules}, {@link PersistedPathRules}, {@link LimitRules},
 * {@link IsolationRules}, {@link RestartRules}.
 *
 * <p>A subclass says how to open the provider and where its image comes from. The same installation serves all tests of the
 * class; after each test, everything that the test made is removed, and that nothing of it is left is checked.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class SandboxProviderContract
        implements LifecycleRules,
                PauseRules,
                CheckpointRules,
                ExecRules,
                ImageRules,
                ImageContentRules,
                HostileSetupRules,
                PersistedPathRules,
                LimitRules,
                IsolationRules,
                RestartRules {
    private @Nullable ProviderFixture fixture;

    /** Opens the provider under test. */
    protected abstract SandboxProviderFactory factory();

    /** What to open it with; the same for every call. */
    protected abstract ProviderConfig config();

    /** The backend whose volumes the provider mounts; opened with {@link #config()}. */
    protected abstract VolumeBackendFactory volumeFactory();

    /**
     * An image that exists in {@code provider}: a small Debian system, which has at least {@code sh}, {@code bash}, the
     * coreutils, {@code findutils}, {@code grep}, {@code util-linux} and {@code perl-base}. Called once.
     */
    protected abstract ImageId smallImage(SandboxProvider provider);

    @Override
    public final ProviderFixture host() {
        return requireNonNull(fixture);
    }

    @BeforeAll
    void openProvider() {
        ImageId image;
        try (SandboxProvider provider = factory().open(config())) {
            image = smallImage(provider);
        }
        fixture = new ProviderFixture(
                () -> factory().open(config()), () -> volumeFactory().open(config()), image);
    }

    @AfterEach
    void removeWhatTheTestMade() {
        host().removeEverything();
    }

    @AfterAll
    void closeProvider() {
        if (fixture != null) {
            fixture.close();
        }
    }

    @Test
    void the_configuration_finds_it_by_its_name() {
        assertThat(ServiceLoader.load(SandboxProviderFactory.class).stream()
                        .map(provider -> provider.get().name()))
                .contains(factory().name());
        assertThat(host().provider().capabilities().name()).isEqualTo(factory().name());
    }

    @Test
    void on_a_host_where_it_works_no_check_fails() {
        List<HostCheck> checks = factory().diagnose(config());

        assertThat(checks).isNotEmpty().allSatisfy(check -> {
            assertThat(check.id()).matches("[a-z]+(\\.[a-z0-9-]+)+");
            assertThat(check.result()).as(check.toString()).isNotEqualTo(HostCheck.Result.FAILED);
        });
    }

    @Test
    void what_belongs_to_this_installation_is_no_orphan() {
        ComputeId id = host().started();

        assertThat(factory().orphans()).extracting(HostResource::owner).doesNotContain(Optional.of(id.name()));
        assertThatCode(() -> host().sh(id, "true")).doesNotThrowAnyException();
    }
}
