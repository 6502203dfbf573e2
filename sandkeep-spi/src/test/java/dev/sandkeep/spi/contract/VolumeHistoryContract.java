package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.Outcomes.expect;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.Checkpoint;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.CheckpointOutcome;
import dev.sandkeep.spi.CheckpointsOutcome;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DirectorySize;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.Enforcement;
import dev.sandkeep.spi.ExportKey;
import dev.sandkeep.spi.ExportKeys;
import dev.sandkeep.spi.ExportOutcome;
import dev.sandkeep.spi.ForkOutcome;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ImportOutcome;
import dev.sandkeep.spi.PathPressure;
import dev.sandkeep.spi.Pause;
import dev.sandkeep.spi.PersistedPath;
import dev.sandkeep.spi.PressureOutcome;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.RemoveCheckpointOutcome;
import dev.sandkeep.spi.RestoreOutcome;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeBackendFactory;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import dev.sandkeep.spi.VolumeSpec;
import dev.sandkeep.spi.VolumeUsage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link VolumeBackend} promises of checkpoints, restores, forks and limits, as tests. */
public abstract class VolumeHistoryContract {
    private static final Optional<DurablePoint> NO_PROMISE = Optional.empty();
    private static final ExportKey KEY = new ExportKey("key-2026", new byte[ExportKey.BYTES]);
    private static final List<String> PLACES = List.of("/root", "/etc/codex");

    private final VolumeId volume = new VolumeId(Outcomes.unique("vol_"));
    private final VolumeId fork = new VolumeId(Outcomes.unique("vol_"));
    private @Nullable VolumeBackend opened;

    /** Opens the backend under test. */
    protected abstract VolumeBackendFactory factory();

    /** What to open it with; the same for every call within one test. */
    protected abstract ProviderConfig config();

    @BeforeEach
    void openStore() {
        opened = factory().open(config());
        opened.provision(VolumeSpec.of(volume, "sbx_first", PLACES));
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

    /** Counts, and lets something happen at the last moment before the sandbox stands still. */
    private static final class Standstill implements Pause {
        private final Runnable before;
        private boolean standing;
        private int times;

        private Standstill(Runnable before) {
            this.before = before;
        }

        @Override
        public void begin() {
            assertThat(standing).isFalse();
            before.run();
            standing = true;
            times++;
        }

        @Override
        public void end() {
            assertThat(standing).isTrue();
            standing = false;
        }
    }

    // ------------------------------------------------------------------------------------------ running checkpoints

    @Test
    void a_checkpoint_of_a_holder_has_what_was_written_and_the_holder_goes_on() {
        VolumeMount mount = attach(volume, 1);
        write(mount, "a", "one");

        CheckpointOutcome.Checkpointed made = checkpointed(1, "chk_a");
        write(mount, "a", "two");

        assertThat(made.repeated()).isFalse();
        assertThat(made.checkpoint().kind()).isEqualTo(Checkpoint.Kind.RUNNING);
        assertThat(made.checkpoint().sequence()).isEqualTo(1);
        assertThat(made.checkpoint().generation()).isEqualTo(1);
        assertThat(backend().verify(volume, NO_PROMISE))
                .isEqualTo(
                        new VerifyOutcome.Intact(Optional.of(made.checkpoint().point()), OptionalInt.of(1)));
        assertThat(seen(forked("chk_a"), "a")).contains("one");
        assertThat(detached(1).sequence()).isEqualTo(2);
        assertThat(seen(attach(volume, 2), "a")).contains("two");
    }

    @Test
    void what_happens_until_the_last_standstill_is_in_it() {
        VolumeMount mount = attach(volume, 1);
        write(mount, "kept", "yes");
        write(mount, "changed", "no");
        write(mount, "gone", "no");
        write(mount, "directory/inner", "no");
        int[] round = {0};
        Standstill pause = new Standstill(() -> {
            round[0]++;
            write(mount, "changed", "in round " + round[0]);
            delete(mount.upper().resolve("gone"));
            if (round[0] == 1) {
                delete(mount.upper().resolve("directory/inner"));
                delete(mount.upper().resolve("directory"));
            }
            write(mount, "directory", "a file now");
            write(mount, "new-" + round[0], "yes");
        });

        checkpointed(1, "chk_a", pause);
        write(mount, "later", "no");

        assertThat(pause.standing).isFalse();
        VolumeMount copy = forked("chk_a");
        assertThat(seen(copy, "kept")).contains("yes");
        assertThat(seen(copy, "changed")).contains("in round " + pause.times);
        assertThat(seen(copy, "gone")).isEmpty();
        assertThat(seen(copy, "directory")).contains("a file now");
        assertThat(seen(copy, "new-" + pause.times)).contains("yes");
        assertThat(seen(copy, "later")).isEmpty();
    }

    @Test
    void a_later_checkpoint_of_the_same_holder_is_whole_whatever_becomes_of_the_earlier_one() {
        VolumeMount mount = attach(volume, 1);
        write(mount, "same", "same");
        write(mount, "changed", "one");
        checkpointed(1, "chk_a");
        write(mount, "changed", "two");
        checkpointed(1, "chk_b");
        write(mount, "changed", "three");

        assertThat(backend().removeCheckpoint(volume, new CheckpointId("chk_a")))
                .isEqualTo(new RemoveCheckpointOutcome.Removed());

        VolumeMount copy = forked("chk_b");
        assertThat(seen(copy, "same")).contains("same");
        assertThat(seen(copy, "changed")).contains("two");
        assertThat(seen(mount, "changed")).contains("three");
        assertThat(ids()).containsExactly("chk_b");
    }

    @Test
    void a_checkpoint_lies_on_what_the_head_lies_on() {
        write(attach(volume, 1), "first", "one");
        detached(1);
        VolumeMount mount = attach(volume, 2);
        write(mount, "second", "two");
        checkpointed(2, "chk_a");
        assertThat(expect(AttachOutcome.Attached.class, backend().attach(volume, 2, NO_PROMISE))
                        .base()
                        .map(DurablePoint::sequence))
                .contains(1L);

        VolumeMount copy = forked("chk_a");

        assertThat(seen(copy, "first")).contains("one");
        assertThat(seen(copy, "second")).contains("two");
        assertThat(detached(2).sequence()).isEqualTo(3);
        VolumeMount next = attach(volume, 3);
        assertThat(seen(next, "first")).contains("one");
        assertThat(seen(next, "second")).contains("two");
    }

    @Test
    void the_same_checkpoint_again_is_answered() {
        write(attach(volume, 1), "a", "one");
        Checkpoint made = checkpointed(1, "chk_a").checkpoint();

        assertThat(backend().checkpoint(volume, 1, new CheckpointId("chk_a"), Pause.NOTHING_RUNS))
                .isEqualTo(new CheckpointOutcome.Checkpointed(made, true, Duration.ZERO));
        assertThat(ids()).containsExactly("chk_a");
    }

    @Test
    void a_holder_that_wrote_nothing_has_the_checkpoint_before() {
        write(attach(volume, 1), "a", "one");
        DurablePoint point = detached(1);
        attach(volume, 2);

        CheckpointOutcome.Checkpointed made = checkpointed(2, "chk_b");

        assertThat(made.repeated()).isTrue();
        assertThat(made.checkpoint().point()).isEqualTo(point);
    }

    @Test
    void a_pause_that_fails_leaves_nothing() {
        VolumeMount mount = attach(volume, 1);
        write(mount, "a", "one");
        Pause broken = new Standstill(() -> {
            throw new ProviderException(ProviderException.Kind.UNAVAILABLE, "it does not stand still");
        });

        assertThatThrownBy(() -> backend().checkpoint(volume, 1, new CheckpointId("chk_a"), broken))
                .isInstanceOf(ProviderException.class);

        assertThat(ids()).isEmpty();
        assertThat(checkpointed(1, "chk_a").repeated()).isFalse();
    }

    @Test
    void only_the_holder_is_checkpointed() {
        assertThat(backend().checkpoint(volume, 1, new CheckpointId("chk_a"), Pause.NOTHING_RUNS))
                .isEqualTo(new CheckpointOutcome.NotHeld());
        attach(volume, 2);
        assertThat(backend().checkpoint(volume, 1, new CheckpointId("chk_a"), Pause.NOTHING_RUNS))
                .isEqualTo(new CheckpointOutcome.NotHeld());
    }

    @Test
    void a_durable_point_of_a_running_checkpoint_is_contained() {
        write(attach(volume, 1), "a", "one");
        DurablePoint point = checkpointed(1, "chk_a").checkpoint().point();
        write(attach(volume, 1), "a", "two");
        detached(1);

        assertThat(backend().attach(volume, 2, Optional.of(point))).isInstanceOf(AttachOutcome.Attached.class);
    }

    // -------------------------------------------------------------------------------------------- list and remove

    @Test
    void checkpoints_are_listed_newest_first_with_their_parents() {
        generations(3);

        List<Checkpoint> listed = listed();

        assertThat(listed).extracting(Checkpoint::sequence).containsExactly(3L, 2L, 1L);
        assertThat(listed).extracting(Checkpoint::generation).containsExactly(3, 2, 1);
        assertThat(listed).extracting(Checkpoint::kind).containsOnly(Checkpoint.Kind.DETACHED);
        assertThat(listed.get(0).parent()).contains(listed.get(1).id());
        assertThat(listed.get(2).parent()).isEmpty();
    }

    @Test
    void removed_checkpoints_are_not_listed_and_nothing_else_changes() {
        List<DurablePoint> points = generations(4);

        for (DurablePoint point : points.subList(0, 3)) {
            assertThat(backend().removeCheckpoint(volume, point.checkpoint()))
                    .isEqualTo(new RemoveCheckpointOutcome.Removed());
            assertThat(backend().removeCheckpoint(volume, point.checkpoint()))
                    .isEqualTo(new RemoveCheckpointOutcome.Absent());
        }

        assertThat(ids()).containsExactly(points.getLast().checkpoint().value());
        assertThat(points)
                .allSatisfy(point -> assertThat(backend().verify(volume, Optional.of(point)))
                        .isInstanceOf(VerifyOutcome.Intact.class));
        VolumeMount mount = attach(volume, 5);
        for (int generation = 1; generation <= 4; generation++) {
            assertThat(seen(mount, "of-" + generation)).contains("" + generation);
        }
        assertThat(backend().restore(volume, points.getFirst().checkpoint(), new CheckpointId("chk_r")))
                .isEqualTo(new RestoreOutcome.HeldBy(5));
    }

    @Test
    void the_newest_checkpoint_and_what_the_holder_lies_on_stay() {
        List<DurablePoint> points = generations(2);
        assertThat(backend().removeCheckpoint(volume, points.getLast().checkpoint()))
                .isInstanceOf(RemoveCheckpointOutcome.InUse.class);
        write(attach(volume, 3), "a", "b");
        checkpointed(3, "chk_running");
        assertThat(backend().removeCheckpoint(volume, points.getLast().checkpoint()))
                .isInstanceOf(RemoveCheckpointOutcome.InUse.class);
        detached(3);

        assertThat(backend().removeCheckpoint(volume, points.getLast().checkpoint()))
                .isEqualTo(new RemoveCheckpointOutcome.Removed());
    }

    // ------------------------------------------------------------------------------------------------- restore

    @Test
    void a_restore_brings_back_what_was_and_loses_nothing() {
        List<DurablePoint> points = generations(3);

        RestoreOutcome.Restored restored = expect(
                RestoreOutcome.Restored.class,
                backend().restore(volume, points.getFirst().checkpoint(), new CheckpointId("chk_r")));

        assertThat(restored.repeated()).isFalse();
        assertThat(restored.checkpoint().sequence()).isEqualTo(4);
        assertThat(restored.checkpoint().kind()).isEqualTo(Checkpoint.Kind.RESTORED);
        assertThat(backend().restore(volume, points.getFirst().checkpoint(), new CheckpointId("chk_r")))
                .isEqualTo(new RestoreOutcome.Restored(restored.checkpoint(), true));
        VolumeMount back = attach(volume, 4, Optional.of(restored.checkpoint().point()));
        assertThat(seen(back, "of-1")).contains("1");
        assertThat(seen(back, "of-2")).isEmpty();
        write(back, "after", "restore");
        detached(4);

        backend().restore(volume, points.getLast().checkpoint(), new CheckpointId("chk_s"));
        VolumeMount forth = attach(volume, 5, Optional.of(points.getLast()));
        assertThat(seen(forth, "of-3")).contains("3");
        assertThat(seen(forth, "after")).isEmpty();
    }

    @Test
    void what_was_restored_stays_when_its_source_is_removed() {
        List<DurablePoint> points = generations(3);
        backend().restore(volume, points.get(1).checkpoint(), new CheckpointId("chk_r"));
        for (DurablePoint point : points) {
            backend().removeCheckpoint(volume, point.checkpoint());
        }

        VolumeMount mount = attach(volume, 4);

        assertThat(ids()).containsExactly("chk_r");
        assertThat(seen(mount, "of-1")).contains("1");
        assertThat(seen(mount, "of-2")).contains("2");
        assertThat(seen(mount, "of-3")).isEmpty();
    }

    @Test
    void only_what_is_there_and_free_is_restored() {
        List<DurablePoint> points = generations(1);
        assertThat(backend().restore(volume, new CheckpointId("chk_never"), new CheckpointId("chk_r")))
                .isEqualTo(new RestoreOutcome.NoSuchCheckpoint());
        attach(volume, 2);
        assertThat(backend().restore(volume, points.getFirst().checkpoint(), new CheckpointId("chk_r")))
                .isEqualTo(new RestoreOutcome.HeldBy(2));
        assertThat(backend().restore(fork, points.getFirst().checkpoint(), new CheckpointId("chk_r")))
                .isEqualTo(new RestoreOutcome.Missing());
    }

    // ---------------------------------------------------------------------------------------------------- fork

    @Test
    void a_fork_begins_with_what_the_source_has_and_they_know_nothing_of_each_other() {
        List<DurablePoint> points = generations(2);

        ForkOutcome.Forked made = fork(Optional.empty());

        assertThat(made.checkpoint().sequence()).isEqualTo(1);
        assertThat(made.checkpoint().kind()).isEqualTo(Checkpoint.Kind.FORKED);
        assertThat(fork(Optional.empty())).isEqualTo(new ForkOutcome.Forked(made.checkpoint(), true));
        VolumeMount copy = attach(fork, 1, Optional.of(made.checkpoint().point()));
        write(copy, "of-1", "changed in the fork");
        VolumeMount source = attach(volume, 3, Optional.of(points.getLast()));
        assertThat(seen(source, "of-1")).contains("1");
        write(source, "of-2", "changed in the source");
        assertThat(seen(copy, "of-2")).contains("2");
        expect(DetachOutcome.Detached.class, backend().detach(fork, 1, new CheckpointId("chk_f2")));
        assertThat(seen(attach(fork, 2), "of-1")).contains("changed in the fork");
    }

    @Test
    void deleting_the_source_leaves_the_fork_and_deleting_the_fork_leaves_the_source() {
        generations(2);
        fork(Optional.empty());
        VolumeId second = new VolumeId(Outcomes.unique("vol_"));
        backend().fork(fork, Optional.empty(), VolumeSpec.of(second, "sbx_third", PLACES), new CheckpointId("chk_g"));

        assertThat(backend().delete(fork)).isTrue();
        assertThat(seen(attach(volume, 3), "of-1")).contains("1");
        assertThat(backend().delete(volume)).isTrue();

        VolumeMount mount = attach(second, 1);
        assertThat(seen(mount, "of-1")).contains("1");
        assertThat(seen(mount, "of-2")).contains("2");
        assertThat(backend().list()).containsExactly(second);
    }

    @Test
    void a_fork_that_lives_on_keeps_what_the_source_removes() {
        List<DurablePoint> points = generations(3);
        fork(Optional.of(points.get(1).checkpoint()));
        backend().restore(volume, points.getFirst().checkpoint(), new CheckpointId("chk_r"));
        points.forEach(point -> backend().removeCheckpoint(volume, point.checkpoint()));

        VolumeMount copy = attach(fork, 1);

        assertThat(seen(copy, "of-2")).contains("2");
        assertThat(seen(copy, "of-3")).isEmpty();
        assertThat(backend().verify(volume, Optional.of(points.getLast()))).isInstanceOf(VerifyOutcome.Intact.class);
    }

    @Test
    void a_volume_can_be_forked_while_it_is_held_and_its_mounts_stay() {
        generations(1);
        VolumeMount mount = attach(volume, 2);
        fork(Optional.empty());

        assertThat(mount.committed())
                .allSatisfy(layer -> assertThat(layer.directory()).isDirectory());
        assertThat(seen(mount, "of-1")).contains("1");
    }

    @Test
    void what_cannot_be_forked_is_told_apart() {
        assertThat(backend().fork(volume, Optional.empty(), VolumeSpec.of(fork, "sbx", PLACES), new CheckpointId("c")))
                .isEqualTo(new ForkOutcome.NoSuchCheckpoint());
        generations(1);
        assertThat(backend()
                        .fork(
                                volume,
                                Optional.empty(),
                                VolumeSpec.of(fork, "sbx", List.of("/srv")),
                                new CheckpointId("c")))
                .isInstanceOf(ForkOutcome.Conflict.class);
        assertThat(backend().fork(fork, Optional.empty(), VolumeSpec.of(volume, "sbx", PLACES), new CheckpointId("c")))
                .isEqualTo(new ForkOutcome.Missing());
        fork(Optional.empty());
        assertThat(backend().fork(volume, Optional.empty(), VolumeSpec.of(fork, "sbx", PLACES), new CheckpointId("d")))
                .isInstanceOf(ForkOutcome.Conflict.class);
    }

    // --------------------------------------------------------------------------------------------- export and import

    @Test
    void an_export_imports_with_its_labels_in_clear_and_sealed() {
        generations(3);
        for (Optional<ExportKey> key : List.of(Optional.<ExportKey>empty(), Optional.of(KEY))) {
            byte[] stream = exported(key);
            VolumeId made = new VolumeId(Outcomes.unique("vol_"));

            ImportOutcome.Imported imported = expect(ImportOutcome.Imported.class, imported(made, stream));

            assertThat(imported.labels()).containsExactly(Map.entry("plan", "sha256:1234"));
            assertThat(imported.repeated()).isFalse();
            assertThat(imported.checkpoint().kind()).isEqualTo(Checkpoint.Kind.IMPORTED);
            assertThat(imported(made, stream))
                    .isEqualTo(new ImportOutcome.Imported(imported.checkpoint(), imported.labels(), true));
            VolumeMount mount =
                    attach(made, 1, Optional.of(imported.checkpoint().point()));
            for (int generation = 1; generation <= 3; generation++) {
                assertThat(seen(mount, "of-" + generation)).contains("" + generation);
            }
        }
    }

    @Test
    void an_export_says_what_it_holds_and_leaves_the_volume_as_it_is() {
        List<DurablePoint> points = generations(2);
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        ExportOutcome.Exported exported = expect(
                ExportOutcome.Exported.class,
                backend().export(volume, Optional.of(points.getFirst().checkpoint()), Optional.empty(), Map.of(), out));

        assertThat(exported.checkpoint().point()).isEqualTo(points.getFirst());
        assertThat(exported.bytes()).isEqualTo(out.size());
        assertThat(backend().usage(volume, 0).orElseThrow().sharedBytes()).isZero();
        expect(ImportOutcome.Imported.class, imported(fork, out.toByteArray()));
        VolumeMount mount = attach(fork, 1);
        assertThat(seen(mount, "of-1")).contains("1");
        assertThat(seen(mount, "of-2")).isEmpty();
        assertThat(backend()
                        .export(volume, Optional.of(new CheckpointId("chk_never")), Optional.empty(), Map.of(), out))
                .isEqualTo(new ExportOutcome.NoSuchCheckpoint());
    }

    @Test
    void a_stream_that_is_cut_off_anywhere_makes_nothing() {
        generations(2);
        for (Optional<ExportKey> key : List.of(Optional.<ExportKey>empty(), Optional.of(KEY))) {
            byte[] stream = exported(key);
            for (int end = 0; end < stream.length - 1024; end += Math.max(1, stream.length / 40)) {
                assertThat(imported(fork, Arrays.copyOf(stream, end)))
                        .as("the first %d bytes of %d", end, stream.length)
                        .isInstanceOf(ImportOutcome.Refused.class);
            }
        }
        assertThat(backend().list()).containsExactly(volume);
    }

    @Test
    void a_stream_that_was_changed_anywhere_makes_nothing() {
        write(attach(volume, 1), "a", "x".repeat(5000));
        detached(1);
        for (Optional<ExportKey> key : List.of(Optional.<ExportKey>empty(), Optional.of(KEY))) {
            byte[] stream = exported(key);
            for (int at = 0; at < stream.length - 2048; at += Math.max(1, stream.length / 60)) {
                byte[] changed = stream.clone();
                changed[at] ^= 0x41;
                assertThat(imported(fork, changed))
                        .as("byte %d of %d", at, stream.length)
                        .isInstanceOf(ImportOutcome.Refused.class);
            }
            byte[] twice = Arrays.copyOf(stream, 2 * stream.length);
            System.arraycopy(stream, 0, twice, stream.length, stream.length);
            assertRefused(ImportOutcome.Code.CHANGED, imported(fork, twice));
        }
        assertThat(backend().list()).containsExactly(volume);
    }

    @Test
    void a_sealed_stream_needs_its_key() {
        generations(1);
        byte[] stream = exported(Optional.of(KEY));
        assertThat(new String(stream, ISO_8859_1)).contains(KEY.id()).doesNotContain("of-1");

        ImportOutcome without = backend()
                .importVolume(
                        VolumeSpec.of(fork, "sbx_f", PLACES),
                        new CheckpointId("chk_i"),
                        ExportKeys.NONE,
                        new ByteArrayInputStream(stream));
        assertRefused(ImportOutcome.Code.KEY_UNKNOWN, without);
        assertThat(((ImportOutcome.Refused) without).reason()).contains(KEY.id());
        byte[] other = new byte[ExportKey.BYTES];
        other[3] = 1;
        assertRefused(
                ImportOutcome.Code.CHANGED,
                backend()
                        .importVolume(
                                VolumeSpec.of(fork, "sbx_f", PLACES),
                                new CheckpointId("chk_i"),
                                id -> Optional.of(new ExportKey(id, other)),
                                new ByteArrayInputStream(stream)));
    }

    @Test
    void what_is_no_export_or_does_not_fit_is_refused() {
        write(attach(volume, 1), "a", "x".repeat(3 << 20));
        detached(1);
        byte[] stream = exported(Optional.empty());
        assertRefused(
                ImportOutcome.Code.NOT_AN_EXPORT,
                imported(fork, "#!/bin/sh\n".repeat(400).getBytes(UTF_8)));
        assertRefused(
                ImportOutcome.Code.OTHER_PATHS,
                backend()
                        .importVolume(
                                VolumeSpec.of(fork, "sbx_f", List.of("/srv")),
                                new CheckpointId("chk_i"),
                                ExportKeys.NONE,
                                new ByteArrayInputStream(stream)));
        assertRefused(
                ImportOutcome.Code.TOO_LARGE,
                backend()
                        .importVolume(
                                new VolumeSpec(
                                        fork,
                                        "sbx_f",
                                        List.of(
                                                new PersistedPath("/root", List.of(), OptionalLong.of(1 << 20)),
                                                PersistedPath.of("/etc/codex"))),
                                new CheckpointId("chk_i"),
                                ExportKeys.NONE,
                                new ByteArrayInputStream(stream)));
        assertThat(imported(volume, stream)).isInstanceOf(ImportOutcome.Conflict.class);
        assertThat(backend().list()).containsExactly(volume);
    }

    @Test
    void a_stream_that_fails_is_the_callers_to_deal_with() {
        generations(1);
        byte[] stream = exported(Optional.empty());
        InputStream failing = new SequenceInputStream(new ByteArrayInputStream(stream, 0, 700), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the network went away");
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return read();
            }
        });
        assertThatThrownBy(() -> backend()
                        .importVolume(
                                VolumeSpec.of(fork, "sbx_f", PLACES),
                                new CheckpointId("chk_i"),
                                ExportKeys.NONE,
                                failing))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("network");
        assertThatThrownBy(() -> backend()
                        .export(volume, Optional.empty(), Optional.of(KEY), Map.of(), new OutputStream() {
                            @Override
                            public void write(int b) throws IOException {
                                throw new IOException("the client went away");
                            }
                        }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("client");
        assertThat(backend().list()).containsExactly(volume);
        assertThat(backend().usage(volume, 0).orElseThrow().sharedBytes()).isZero();
    }

    private byte[] exported(Optional<ExportKey> key) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        expect(
                ExportOutcome.Exported.class,
                backend().export(volume, Optional.empty(), key, Map.of("plan", "sha256:1234"), out));
        return out.toByteArray();
    }

    private ImportOutcome imported(VolumeId made, byte[] stream) {
        return backend()
                .importVolume(
                        VolumeSpec.of(made, "sbx_imported", PLACES),
                        new CheckpointId("chk_imported"),
                        id -> Optional.of(KEY).filter(key -> key.id().equals(id)),
                        new ByteArrayInputStream(stream));
    }

    private static void assertRefused(ImportOutcome.Code code, ImportOutcome outcome) {
        assertThat(expect(ImportOutcome.Refused.class, outcome).code()).isEqualTo(code);
    }

    // ------------------------------------------------------------------------------------- limits, patterns, usage

    @Test
    void what_patterns_leave_out_is_in_no_checkpoint() {
        VolumeId choosy = new VolumeId(Outcomes.unique("vol_"));
        PersistedPath root = new PersistedPath("/root", List.of("*.tmp", "/cache/"), OptionalLong.empty());
        backend().provision(new VolumeSpec(choosy, "sbx_choosy", List.of(root)));
        VolumeMount mount = attach(choosy, 1);
        for (String file : List.of("a", "a.tmp", "cache/b", "d/cache/c", "d/e.tmp")) {
            write(mount, file, file);
        }

        backend().checkpoint(choosy, 1, new CheckpointId("chk_running"), Pause.NOTHING_RUNS);
        backend().fork(choosy, Optional.empty(), new VolumeSpec(fork, "sbx_f", List.of(root)), new CheckpointId("f"));
        assertThat(seen(mount, "a.tmp")).contains("a.tmp");
        expect(DetachOutcome.Detached.class, backend().detach(choosy, 1, new CheckpointId("chk_end")));

        for (VolumeMount after : List.of(attach(fork, 1), attach(choosy, 2))) {
            assertThat(seen(after, "a")).contains("a");
            assertThat(seen(after, "d/cache/c")).contains("d/cache/c");
            assertThat(seen(after, "a.tmp")).isEmpty();
            assertThat(seen(after, "cache/b")).isEmpty();
            assertThat(seen(after, "d/e.tmp")).isEmpty();
        }
    }

    @Test
    void pressure_counts_what_is_committed_and_what_is_being_written() {
        VolumeId small = new VolumeId(Outcomes.unique("vol_"));
        PersistedPath limited = new PersistedPath("/root", List.of(), OptionalLong.of(10 << 20));
        backend().provision(new VolumeSpec(small, "sbx_small", List.of(limited, PersistedPath.of("/srv"))));
        write(attach(small, 1), "one", "x".repeat(3 << 20));
        backend().detach(small, 1, new CheckpointId("chk_s"));
        assertThat(backend().pressure(small, 1)).isEqualTo(new PressureOutcome.NotHeld());
        write(attach(small, 2), "two", "x".repeat(3 << 20));

        List<PathPressure> paths = expect(
                        PressureOutcome.Measured.class, backend().pressure(small, 2))
                .paths();

        assertThat(paths).extracting(PathPressure::path).containsExactly("/root", "/srv");
        assertThat(paths.getFirst().usedBytes()).isBetween(6L << 20, 7L << 20);
        assertThat(paths.getFirst().maxBytes()).hasValue(10 << 20);
        assertThat(paths.getFirst().enforcement()).isIn((Object[]) Enforcement.values());
        assertThat(paths.getFirst().reaches(0.5)).isTrue();
        assertThat(paths.getFirst().reaches(0.9)).isFalse();
        assertThat(paths.getLast().reaches(0)).isFalse();
        assertThat(backend().pressure(fork, 1)).isEqualTo(new PressureOutcome.Missing());
    }

    @Test
    void usage_names_the_largest_directories_and_what_is_shared() {
        VolumeMount mount = attach(volume, 1);
        write(mount, "big/inner/file", "x".repeat(2 << 20));
        write(mount, "small/file", "x");
        detached(1);
        assertThat(backend().usage(volume, 0).orElseThrow().sharedBytes()).isZero();
        fork(Optional.empty());

        VolumeUsage usage = backend().usage(volume, 3).orElseThrow();

        assertThat(usage.sharedBytes()).isGreaterThanOrEqualTo(2 << 20).isLessThanOrEqualTo(usage.bytes());
        assertThat(usage.largest().stream().map(DirectorySize::path).map(Object::toString))
                .contains("/root/big/inner");
        assertThat(usage.paths()).extracting(PathPressure::path).isEqualTo(PLACES);
        assertThat(usage.checkpoints()).isEqualTo(1);
        assertThat(backend().usage(fork, 3).orElseThrow().sharedBytes()).isGreaterThanOrEqualTo(2 << 20);
    }

    // ---------------------------------------------------------------------------------------------------- fixture

    private VolumeMount attach(VolumeId id, int generation) {
        return attach(id, generation, NO_PROMISE);
    }

    private VolumeMount attach(VolumeId id, int generation, Optional<DurablePoint> promised) {
        return expect(AttachOutcome.Attached.class, backend().attach(id, generation, promised))
                .mounts()
                .getFirst();
    }

    private CheckpointOutcome.Checkpointed checkpointed(int generation, String name) {
        return checkpointed(generation, name, new Standstill(() -> {}));
    }

    private CheckpointOutcome.Checkpointed checkpointed(int generation, String name, Pause pause) {
        return expect(
                CheckpointOutcome.Checkpointed.class,
                backend().checkpoint(volume, generation, new CheckpointId(name), pause));
    }

    private DurablePoint detached(int generation) {
        return expect(
                        DetachOutcome.Detached.class,
                        backend().detach(volume, generation, new CheckpointId(Outcomes.unique("chk_"))))
                .point();
    }

    /** So many generations that each write a file of their own. */
    private List<DurablePoint> generations(int count) {
        List<DurablePoint> points = new ArrayList<>();
        for (int generation = 1; generation <= count; generation++) {
            write(attach(volume, generation), "of-" + generation, "" + generation);
            points.add(detached(generation));
        }
        return points;
    }

    private ForkOutcome.Forked fork(Optional<CheckpointId> at) {
        return expect(
                ForkOutcome.Forked.class,
                backend().fork(volume, at, VolumeSpec.of(fork, "sbx_fork", PLACES), new CheckpointId("chk_fork")));
    }

    private VolumeMount forked(String at) {
        fork(Optional.of(new CheckpointId(at)));
        return attach(fork, 1);
    }

    private List<Checkpoint> listed() {
        return expect(CheckpointsOutcome.Listed.class, backend().checkpoints(volume))
                .checkpoints();
    }

    private List<String> ids() {
        return listed().stream().map(checkpoint -> checkpoint.id().value()).toList();
    }

    /** Does what a provider does before the first write, and writes. */
    private static void write(VolumeMount mount, String name, String content) {
        try {
            for (Path directory : List.of(mount.upper(), mount.head())) {
                Files.setAttribute(directory, "unix:uid", Math.toIntExact(IdRange.HOST.first()));
                Files.setAttribute(directory, "unix:gid", Math.toIntExact(IdRange.HOST.first()));
            }
            Path file = mount.upper().resolve(name);
            Files.createDirectories(requireNonNull(file.getParent()));
            Files.writeString(file, content, UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a sandbox would see in a file, where no directory was removed. */
    private static Optional<String> seen(VolumeMount mount, String name) {
        List<Path> stack = new ArrayList<>(List.of(mount.upper()));
        mount.committed().forEach(layer -> stack.add(layer.directory()));
        try {
            for (Path layer : stack) {
                if (Files.exists(layer.resolve(name))) {
                    return Optional.of(Files.readString(layer.resolve(name), UTF_8));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
