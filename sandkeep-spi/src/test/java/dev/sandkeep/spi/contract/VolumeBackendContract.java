package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.Outcomes.expect;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.FlushOutcome;
import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.ProvisionOutcome;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeBackendFactory;
import dev.sandkeep.spi.VolumeDamage;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import dev.sandkeep.spi.VolumeSpec;
import dev.sandkeep.spi.VolumeUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What {@link VolumeBackend} promises, as tests. They write into the directories that the backend hands out as a provider
 * would, so they need to run as root.
 */
public abstract class VolumeBackendContract {
    private static final List<String> PATHS = List.of("/root", "/etc/codex");
    private static final Optional<DurablePoint> NO_PROMISE = Optional.empty();

    private final VolumeId volume = new VolumeId(Outcomes.unique("vol_"));
    private final String sandbox = Outcomes.unique("sbx_");

    private @Nullable VolumeBackend opened;

    /** Opens the backend under test. */
    protected abstract VolumeBackendFactory factory();

    /** What to open it with; the same for every call within one test. */
    protected abstract ProviderConfig config();

    @BeforeEach
    void openStore() {
        opened = factory().open(config());
    }

    @AfterEach
    void removeVolumes() {
        if (opened != null) {
            opened.list().forEach(opened::delete);
            opened.close();
        }
    }

    private VolumeBackend backend() {
        return requireNonNull(opened);
    }

    // ------------------------------------------------------------------------------------------------ provision

    @Test
    void a_provisioned_volume_is_listed_and_held_by_nobody() {
        assertThat(provision()).isEqualTo(new ProvisionOutcome.Provisioned(false));

        assertThat(backend().list()).containsExactly(volume);
        assertThat(verify()).isEqualTo(new VerifyOutcome.Intact(Optional.empty(), OptionalInt.empty()));
    }

    @Test
    void provisioning_again_changes_nothing() throws IOException {
        provision();
        write(attach(1).mounts().getFirst(), "kept", "yes");

        assertThat(provision()).isEqualTo(new ProvisionOutcome.Provisioned(true));

        assertThat(read(attach(1).mounts().getFirst(), "kept")).contains("yes");
    }

    @Test
    void a_name_that_is_taken_by_another_specification_is_a_conflict() {
        provision();

        assertThat(backend().provision(VolumeSpec.of(volume, sandbox, List.of("/srv"))))
                .isInstanceOf(ProvisionOutcome.Conflict.class);
        assertThat(backend().provision(VolumeSpec.of(volume, Outcomes.unique("sbx_"), PATHS)))
                .isInstanceOf(ProvisionOutcome.Conflict.class);

        assertThat(attach(1).mounts()).extracting(VolumeMount::path).isEqualTo(PATHS);
    }

    // --------------------------------------------------------------------------------------------------- attach

    @Test
    void the_first_attach_gives_an_empty_writable_place_for_each_path_in_order() {
        provision();

        AttachOutcome.Attached attached = attach(1);

        assertThat(attached.repeated()).isFalse();
        assertThat(attached.base()).isEmpty();
        assertThat(attached.mounts()).extracting(VolumeMount::path).isEqualTo(PATHS);
        assertThat(attached.mounts()).allSatisfy(mount -> {
            assertThat(mount.upper()).isEmptyDirectory().hasParent(mount.head());
            assertThat(mount.work()).isEmptyDirectory().hasParent(mount.head());
            assertThat(Files.getFileStore(mount.upper())).isEqualTo(Files.getFileStore(mount.work()));
            assertThat(mount.committed()).isEmpty();
        });
        assertThat(attached.mounts()).extracting(VolumeMount::head).doesNotHaveDuplicates();
        assertThat(verify()).isEqualTo(new VerifyOutcome.Intact(Optional.empty(), OptionalInt.of(1)));
    }

    @Test
    void a_fresh_head_belongs_to_no_range() throws IOException {
        provision();

        assertThat(uid(attach(1).mounts().getFirst().head()) % IdRange.SIZE).isNotZero();
    }

    @Test
    void attaching_again_for_the_same_generation_finds_what_it_wrote() throws IOException {
        provision();
        AttachOutcome.Attached first = attach(1);
        write(first.mounts().getFirst(), "work", "half done");

        AttachOutcome.Attached second = attach(1);

        assertThat(second).isEqualTo(new AttachOutcome.Attached(first.mounts(), Optional.empty(), true));
        assertThat(read(second.mounts().getFirst(), "work")).contains("half done");
    }

    @Test
    void a_volume_that_is_held_is_not_given_to_a_newer_generation() throws IOException {
        provision();
        write(attach(1).mounts().getFirst(), "mine", "1");

        assertThat(backend().attach(volume, 2, NO_PROMISE)).isEqualTo(new AttachOutcome.HeldBy(1));

        assertThat(attach(1).repeated()).isTrue();
        assertThat(verify()).isEqualTo(new VerifyOutcome.Intact(Optional.empty(), OptionalInt.of(1)));
    }

    @Test
    void a_volume_that_was_never_provisioned_is_missing_and_is_not_made() {
        VolumeId other = new VolumeId(Outcomes.unique("vol_"));

        assertThat(backend().attach(other, 1, NO_PROMISE)).isEqualTo(new AttachOutcome.Missing());
        assertThat(backend().detach(other, 1, checkpoint())).isEqualTo(new DetachOutcome.Missing());
        assertThat(backend().flush(other, 1)).isEqualTo(new FlushOutcome.Missing());
        assertThat(backend().verify(other, NO_PROMISE)).isEqualTo(new VerifyOutcome.Missing());
        assertThat(backend().usage(other, 0)).isEmpty();
        assertThat(backend().delete(other)).isFalse();
        assertThat(backend().list()).isEmpty();
    }

    // ----------------------------------------------------------------------------------- detach and what it keeps

    @Test
    void the_next_generation_starts_on_what_the_last_one_wrote() throws IOException {
        provision();
        AttachOutcome.Attached first = attach(1);
        write(first.mounts().get(0), "a", "one");
        write(first.mounts().get(1), "b", "two");
        CheckpointId name = checkpoint();
        Instant before = Instant.now();

        DetachOutcome.Detached detached =
                expect(DetachOutcome.Detached.class, backend().detach(volume, 1, name));

        assertThat(detached.repeated()).isFalse();
        assertThat(detached.point().checkpoint()).isEqualTo(name);
        assertThat(detached.point().sequence()).isEqualTo(1);
        assertThat(detached.point().at()).isBetween(before.minusSeconds(1), Instant.now());
        assertThat(verify()).isEqualTo(new VerifyOutcome.Intact(Optional.of(detached.point()), OptionalInt.empty()));

        AttachOutcome.Attached second =
                expect(AttachOutcome.Attached.class, backend().attach(volume, 2, Optional.of(detached.point())));

        assertThat(second.repeated()).isFalse();
        assertThat(second.base()).contains(detached.point());
        assertThat(second.mounts())
                .allSatisfy(mount -> assertThat(mount.upper()).isEmptyDirectory());
        assertThat(read(second.mounts().get(0), "a")).contains("one");
        assertThat(read(second.mounts().get(1), "b")).contains("two");
    }

    @Test
    void what_a_holder_writes_does_not_reach_the_checkpoints_below_it() throws IOException {
        provision();
        write(attach(1).mounts().getFirst(), "file", "old");
        detach(1);
        VolumeMount second = attach(2).mounts().getFirst();

        write(second, "file", "new");

        assertThat(read(second, "file")).contains("new");
        assertThat(second.committed().getFirst().directory().resolve("file")).hasContent("old");
    }

    @Test
    void each_checkpoint_counts_one_more_and_the_newest_is_listed_first() throws IOException {
        provision();
        for (int generation = 1; generation <= 5; generation++) {
            write(attach(generation).mounts().getFirst(), "file", "generation " + generation);
            assertThat(detach(generation).sequence()).isEqualTo(generation);
        }

        assertThat(read(attach(6).mounts().getFirst(), "file")).contains("generation 5");
    }

    @Test
    void many_generations_later_everything_is_still_there() throws IOException {
        provision();
        int generations = 60;
        for (int generation = 1; generation <= generations; generation++) {
            VolumeMount mount = attach(generation).mounts().getFirst();
            write(mount, "file-" + generation, "written by " + generation);
            write(mount, "newest", "" + generation);
            detach(generation);
        }

        VolumeMount last = attach(generations + 1).mounts().getFirst();

        assertThat(read(last, "newest")).contains("" + generations);
        for (int generation = 1; generation <= generations; generation++) {
            assertThat(read(last, "file-" + generation)).contains("written by " + generation);
        }
    }

    @Test
    void detaching_again_answers_the_same_point() throws IOException {
        provision();
        write(attach(1).mounts().getFirst(), "a", "one");
        CheckpointId name = checkpoint();
        DurablePoint point = expect(DetachOutcome.Detached.class, backend().detach(volume, 1, name))
                .point();

        assertThat(backend().detach(volume, 1, name)).isEqualTo(new DetachOutcome.Detached(point, true));
        assertThat(backend().detach(volume, 1, checkpoint())).isEqualTo(new DetachOutcome.Detached(point, true));
        assertThat(backend().usage(volume, 0)).map(VolumeUsage::checkpoints).contains(1);
    }

    @Test
    void the_first_detach_makes_a_checkpoint_even_of_nothing() {
        provision();
        attach(1);

        assertThat(detach(1).sequence()).isEqualTo(1);
    }

    @Test
    void a_generation_that_wrote_nothing_makes_no_further_checkpoint() throws IOException {
        provision();
        write(attach(1).mounts().getFirst(), "a", "one");
        DurablePoint point = detach(1);

        attach(2);
        DetachOutcome second = backend().detach(volume, 2, checkpoint());

        assertThat(second).isEqualTo(new DetachOutcome.Detached(point, false));
        assertThat(backend().usage(volume, 0)).map(VolumeUsage::checkpoints).contains(1);
        assertThat(read(attach(3).mounts().getFirst(), "a")).contains("one");
    }

    @Test
    void a_generation_that_was_detached_may_attach_again_and_gets_a_fresh_head() throws IOException {
        provision();
        write(attach(1).mounts().getFirst(), "a", "one");
        DurablePoint point = detach(1);

        AttachOutcome.Attached again = attach(1);

        assertThat(again.base()).contains(point);
        assertThat(again.mounts().getFirst().upper()).isEmptyDirectory();
        assertThat(read(again.mounts().getFirst(), "a")).contains("one");
        write(again.mounts().getFirst(), "b", "two");
        assertThat(detach(1).sequence()).isEqualTo(2);
    }

    @Test
    void the_ids_of_the_files_are_those_of_the_heads_owner() throws IOException {
        provision();
        IdRange first = new IdRange(7L * IdRange.SIZE);
        IdRange second = new IdRange(9L * IdRange.SIZE);

        write(attach(1).mounts().getFirst(), first, "a", "one");
        detach(1);
        write(attach(2).mounts().getFirst(), second, "b", "two");
        detach(2);

        assertThat(attach(3).mounts().getFirst().committed())
                .extracting(VolumeMount.Committed::owner)
                .containsExactly(second, first);
    }

    // -------------------------------------------------------------------------------------------------- fencing

    @Test
    void an_older_generation_changes_nothing() throws IOException {
        provision();
        attach(1);
        detach(1);
        VolumeMount third = attach(3).mounts().getFirst();
        write(third, "mine", "3");

        assertThat(backend().attach(volume, 2, NO_PROMISE)).isEqualTo(new AttachOutcome.Fenced(3));
        assertThat(backend().detach(volume, 2, checkpoint())).isEqualTo(new DetachOutcome.Fenced(3));
        assertThat(backend().flush(volume, 2)).isEqualTo(new FlushOutcome.NotHeld());

        assertThat(attach(3).repeated()).isTrue();
        detach(3);
        assertThat(backend().attach(volume, 2, NO_PROMISE)).isEqualTo(new AttachOutcome.Fenced(3));
        assertThat(backend().detach(volume, 2, checkpoint())).isEqualTo(new DetachOutcome.Fenced(3));
    }

    @Test
    void a_generation_that_does_not_hold_it_cannot_detach_the_one_that_does() throws IOException {
        provision();
        write(attach(1).mounts().getFirst(), "mine", "1");

        assertThat(backend().detach(volume, 2, checkpoint())).isEqualTo(new DetachOutcome.Fenced(1));

        assertThat(attach(1).repeated()).isTrue();
        assertThat(backend().usage(volume, 0)).map(VolumeUsage::checkpoints).contains(0);
    }

    @Test
    void detaching_a_volume_that_nobody_holds_answers_the_newest_point_and_fences_what_is_older() throws IOException {
        provision();
        write(attach(1).mounts().getFirst(), "a", "one");
        DurablePoint point = detach(1);

        assertThat(backend().detach(volume, 5, checkpoint())).isEqualTo(new DetachOutcome.Detached(point, false));

        assertThat(backend().attach(volume, 4, NO_PROMISE)).isEqualTo(new AttachOutcome.Fenced(5));
        assertThat(read(attach(5).mounts().getFirst(), "a")).contains("one");
    }

    @Test
    void detaching_a_volume_that_was_never_attached_makes_its_first_checkpoint() {
        provision();

        assertThat(detach(1).sequence()).isEqualTo(1);

        AttachOutcome.Attached attached = attach(2);
        assertThat(attached.base()).isPresent();
        assertThat(attached.mounts()).extracting(VolumeMount::path).isEqualTo(PATHS);
    }

    // ---------------------------------------------------------------------------------------- promised durable point

    @Test
    void a_point_that_the_volume_does_not_contain_is_damage_and_nothing_is_attached() throws IOException {
        provision();
        DurablePoint never = new DurablePoint(checkpoint(), 1, Instant.now());
        assertDamaged(VolumeDamage.Code.OLDER_THAN_DURABLE_POINT, never);

        write(attach(1).mounts().getFirst(), "a", "one");
        DurablePoint first = detach(1);
        assertDamaged(VolumeDamage.Code.OLDER_THAN_DURABLE_POINT, new DurablePoint(checkpoint(), 2, Instant.now()));
        assertDamaged(
                VolumeDamage.Code.OLDER_THAN_DURABLE_POINT,
                new DurablePoint(checkpoint(), first.sequence(), first.at()));

        assertThat(backend().verify(volume, Optional.of(first)))
                .isEqualTo(new VerifyOutcome.Intact(Optional.of(first), OptionalInt.empty()));
    }

    @Test
    void an_older_point_of_the_same_history_is_contained() throws IOException {
        provision();
        List<DurablePoint> points = new ArrayList<>();
        for (int generation = 1; generation <= 3; generation++) {
            write(attach(generation).mounts().getFirst(), "a", "" + generation);
            points.add(detach(generation));
        }

        assertThat(points)
                .allSatisfy(point -> assertThat(backend().verify(volume, Optional.of(point)))
                        .isEqualTo(new VerifyOutcome.Intact(Optional.of(points.getLast()), OptionalInt.empty())));
        assertThat(backend().attach(volume, 4, Optional.of(points.getFirst())))
                .isInstanceOf(AttachOutcome.Attached.class);
    }

    private void assertDamaged(VolumeDamage.Code code, DurablePoint promised) {
        assertThat(expect(VerifyOutcome.Damaged.class, backend().verify(volume, Optional.of(promised)))
                        .damage()
                        .code())
                .isEqualTo(code);
        assertThat(expect(AttachOutcome.Damaged.class, backend().attach(volume, 9, Optional.of(promised)))
                        .damage()
                        .code())
                .isEqualTo(code);
        assertThat(expect(VerifyOutcome.Intact.class, verify()).heldBy()).isEmpty();
    }

    // ---------------------------------------------------------------------------------------------------- flush

    @Test
    void a_flush_says_up_to_when_everything_is_on_disk() throws IOException {
        provision();
        write(attach(1).mounts().getFirst(), "a", "one");
        Instant before = Instant.now();

        FlushOutcome.Flushed flushed =
                expect(FlushOutcome.Flushed.class, backend().flush(volume, 1));

        assertThat(flushed.durableAt()).isBetween(before.minusMillis(1), Instant.now());
        assertThat(backend().flush(volume, 2)).isEqualTo(new FlushOutcome.NotHeld());
        detach(1);
        assertThat(backend().flush(volume, 1)).isEqualTo(new FlushOutcome.NotHeld());
    }

    // -------------------------------------------------------------------------------- other processes, other volumes

    @Test
    void everything_is_as_before_when_the_store_is_opened_again() throws IOException {
        provision();
        AttachOutcome.Attached first = attach(1);
        write(first.mounts().getFirst(), "a", "one");

        reopen();
        assertThat(attach(1)).isEqualTo(new AttachOutcome.Attached(first.mounts(), Optional.empty(), true));
        DurablePoint point = detach(1);

        reopen();
        assertThat(verify()).isEqualTo(new VerifyOutcome.Intact(Optional.of(point), OptionalInt.empty()));
        assertThat(backend().detach(volume, 1, checkpoint())).isEqualTo(new DetachOutcome.Detached(point, true));
        AttachOutcome.Attached second = attach(2);
        assertThat(second.base()).contains(point);
        assertThat(read(second.mounts().getFirst(), "a")).contains("one");
    }

    @Test
    void of_many_who_attach_at_once_one_generation_wins() throws Exception {
        provision();

        List<AttachOutcome> outcomes = atOnce(IntStream.rangeClosed(1, 8)
                .<Callable<AttachOutcome>>mapToObj(
                        generation -> () -> inOwnProcess(other -> other.attach(volume, generation, NO_PROMISE)))
                .toList());

        int holder = expect(VerifyOutcome.Intact.class, verify()).heldBy().orElseThrow();
        assertThat(outcomes.get(holder - 1)).isInstanceOf(AttachOutcome.Attached.class);
        for (int generation = 1; generation <= outcomes.size(); generation++) {
            if (generation != holder) {
                assertThat(outcomes.get(generation - 1))
                        .isEqualTo(
                                generation < holder
                                        ? new AttachOutcome.Fenced(holder)
                                        : new AttachOutcome.HeldBy(holder));
            }
        }
    }

    @Test
    void of_many_who_detach_one_generation_at_once_one_makes_the_checkpoint() throws Exception {
        provision();
        write(attach(1).mounts().getFirst(), "a", "one");

        List<DetachOutcome> outcomes = atOnce(IntStream.range(0, 8)
                .<Callable<DetachOutcome>>mapToObj(
                        any -> () -> inOwnProcess(other -> other.detach(volume, 1, checkpoint())))
                .toList());

        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(DetachOutcome.Detached.class));
        assertThat(outcomes.stream()
                        .map(outcome -> ((DetachOutcome.Detached) outcome).point())
                        .distinct())
                .hasSize(1);
        assertThat(outcomes.stream().filter(outcome -> !((DetachOutcome.Detached) outcome).repeated()))
                .hasSize(1);
        assertThat(backend().usage(volume, 0)).map(VolumeUsage::checkpoints).contains(1);
    }

    @Test
    void volumes_do_not_touch_each_other() throws IOException {
        provision();
        VolumeId other = new VolumeId(Outcomes.unique("vol_"));
        backend().provision(VolumeSpec.of(other, Outcomes.unique("sbx_"), PATHS));
        write(attach(1).mounts().getFirst(), "a", "one");
        VolumeMount elsewhere = expect(AttachOutcome.Attached.class, backend().attach(other, 1, NO_PROMISE))
                .mounts()
                .getFirst();

        assertThat(read(elsewhere, "a")).isEmpty();
        assertThat(backend().list()).containsExactlyInAnyOrder(volume, other);
        assertThat(backend().delete(other)).isTrue();

        assertThat(detach(1).sequence()).isEqualTo(1);
        assertThat(backend().list()).containsExactly(volume);
    }

    // ------------------------------------------------------------------------------------------- usage and delete

    @Test
    void usage_counts_every_file_and_linked_content_once() throws IOException {
        provision();
        VolumeMount mount = attach(1).mounts().getFirst();
        byte[] mebibyte = new byte[1 << 20];
        Arrays.fill(mebibyte, (byte) 'x');
        prepare(mount, IdRange.HOST);
        Path file = Files.write(mount.upper().resolve("big"), mebibyte);
        Files.createLink(mount.upper().resolve("same"), file);
        detach(1);

        VolumeUsage usage = backend().usage(volume, 0).orElseThrow();

        assertThat(usage.bytes()).isBetween(1L << 20, 2L << 20);
        assertThat(usage.files()).isGreaterThanOrEqualTo(2);
        assertThat(usage.checkpoints()).isEqualTo(1);
    }

    @Test
    void a_deleted_volume_is_gone_and_its_name_is_free() throws IOException {
        provision();
        write(attach(1).mounts().getFirst(), "a", "one");
        detach(1);
        Path upper = attach(2).mounts().getFirst().upper();

        assertThat(backend().delete(volume)).isTrue();

        assertThat(upper).doesNotExist();
        assertThat(backend().list()).isEmpty();
        assertThat(backend().delete(volume)).isFalse();
        assertThat(backend().attach(volume, 3, NO_PROMISE)).isEqualTo(new AttachOutcome.Missing());
        assertThat(provision()).isEqualTo(new ProvisionOutcome.Provisioned(false));
        assertThat(attach(1).base()).isEmpty();
    }

    // ------------------------------------------------------------------------------------------------- diagnosis

    @Test
    void looking_at_the_place_leaves_nothing() throws IOException {
        provision();
        List<String> before = tree();

        List<HostCheck> checks = factory().diagnose(config());

        assertThat(checks).isNotEmpty().allSatisfy(check -> {
            assertThat(check.id()).matches("[a-z]+(\\.[a-z0-9-]+)+");
            assertThat(check.result()).as(check.detail()).isNotEqualTo(HostCheck.Result.FAILED);
        });
        assertThat(tree()).isEqualTo(before);
    }

    @Test
    void the_configuration_finds_it_by_its_name() {
        assertThat(ServiceLoader.load(VolumeBackendFactory.class).stream()
                        .map(provider -> provider.get().name()))
                .contains(factory().name());
    }

    private List<String> tree() throws IOException {
        try (Stream<Path> all = Files.walk(config().dataDirectory())) {
            return all.map(Path::toString).sorted().toList();
        }
    }

    // ---------------------------------------------------------------------------------------------------- fixture

    private ProvisionOutcome provision() {
        return backend().provision(VolumeSpec.of(volume, sandbox, PATHS));
    }

    private AttachOutcome.Attached attach(int generation) {
        return expect(AttachOutcome.Attached.class, backend().attach(volume, generation, NO_PROMISE));
    }

    private DurablePoint detach(int generation) {
        return expect(DetachOutcome.Detached.class, backend().detach(volume, generation, checkpoint()))
                .point();
    }

    private VerifyOutcome verify() {
        return backend().verify(volume, NO_PROMISE);
    }

    private static CheckpointId checkpoint() {
        return new CheckpointId(Outcomes.unique("chk_"));
    }

    private void reopen() {
        backend().close();
        openStore();
    }

    private <T> T inOwnProcess(Function<VolumeBackend, T> call) {
        try (VolumeBackend other = factory().open(config())) {
            return call.apply(other);
        }
    }

    private static <T> List<T> atOnce(List<Callable<T>> calls) throws Exception {
        List<T> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<T> answer : threads.invokeAll(calls)) {
                answers.add(answer.get());
            }
        }
        return answers;
    }

    /** Does what a provider does before the first write. */
    private static void prepare(VolumeMount mount, IdRange range) throws IOException {
        int first = Math.toIntExact(range.first());
        for (Path directory : List.of(mount.upper(), mount.head())) {
            Files.setAttribute(directory, "unix:uid", first);
            Files.setAttribute(directory, "unix:gid", first);
        }
    }

    private static long uid(Path path) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:uid");
    }

    private static void write(VolumeMount mount, String name, String content) throws IOException {
        write(mount, IdRange.HOST, name, content);
    }

    private static void write(VolumeMount mount, IdRange range, String name, String content) throws IOException {
        prepare(mount, range);
        Files.writeString(mount.upper().resolve(name), content, UTF_8);
    }

    /** What a sandbox would see in a file at the top of the path. */
    private static Optional<String> read(VolumeMount mount, String name) throws IOException {
        List<Path> stack = new ArrayList<>(List.of(mount.upper()));
        mount.committed().forEach(layer -> stack.add(layer.directory()));
        for (Path layer : stack) {
            if (Files.exists(layer.resolve(name))) {
                return Optional.of(Files.readString(layer.resolve(name), UTF_8));
            }
        }
        return Optional.empty();
    }
}
