package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.Outcomes.expect;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CaptureOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ComputeSpec;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.ExecOutcome;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.ForkOutcome;
import dev.sandkeep.spi.HostResource;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.Limits;
import dev.sandkeep.spi.ProvisionOutcome;
import dev.sandkeep.spi.RunningCompute;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.StartOutcome;
import dev.sandkeep.spi.StopOutcome;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import dev.sandkeep.spi.VolumeSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * A provider and a volume backend under test, the words in which the rules speak of them, and the removal of what a test
 * made.
 */
public final class ProviderFixture {
    /** How long a step of a test may take on a busy machine before it counts as hanging. */
    public static final Duration PATIENCE = Patience.seconds(90);

    /** Enough for a shell and a few tools. */
    public static final Limits SMALL = Limits.ofMebibytes(256, 2, 128, 1024);

    private final Supplier<SandboxProvider> openProvider;
    private final Supplier<VolumeBackend> openVolumes;
    private final ImageId smallImage;
    private final Set<ComputeId> computes = new ConcurrentSkipListSet<>();
    private final List<ImageId> images = new ArrayList<>();
    private final List<VolumeId> volumeIds = new ArrayList<>();
    private SandboxProvider provider;
    private VolumeBackend volumes;

    ProviderFixture(Supplier<SandboxProvider> openProvider, Supplier<VolumeBackend> openVolumes, ImageId smallImage) {
        this.openProvider = openProvider;
        this.openVolumes = openVolumes;
        this.smallImage = smallImage;
        this.provider = openProvider.get();
        this.volumes = openVolumes.get();
    }

    /** The provider under test. */
    public SandboxProvider provider() {
        return provider;
    }

    /** The volumes that it mounts. */
    public VolumeBackend volumes() {
        return volumes;
    }

    /** Opens the same provider once more, as a second server on the machine does; the caller closes it. */
    public SandboxProvider secondProvider() {
        return openProvider.get();
    }

    /** Ends the server and starts it again, as far as provider and volumes can tell. */
    public void restartServer() {
        provider.close();
        volumes.close();
        provider = openProvider.get();
        volumes = openVolumes.get();
    }

    // ------------------------------------------------------------------------------------------------- computes

    /** The image that tests start from unless they made one. */
    public ImageId smallImage() {
        return smallImage;
    }

    /** A name for a compute of a new sandbox; what is started under it is removed after the test. */
    public ComputeId newCompute() {
        return track(new ComputeId(Outcomes.unique("sbx_"), 1));
    }

    /** The compute that comes after {@code id} in the same sandbox. */
    public ComputeId next(ComputeId id) {
        return track(new ComputeId(id.sandbox(), id.generation() + 1));
    }

    private ComputeId track(ComputeId id) {
        computes.add(id);
        return id;
    }

    /** A small ephemeral compute. */
    public ComputeSpec spec(ComputeId id) {
        return spec(id, smallImage);
    }

    /** A small ephemeral compute from {@code image}. */
    public ComputeSpec spec(ComputeId id, ImageId image) {
        return new ComputeSpec(id, image, SMALL, Map.of("GREETING", "hello"), List.of(), Map.of());
    }

    /** As {@code spec}, within other limits. */
    public ComputeSpec limited(ComputeSpec spec, Limits limits) {
        return new ComputeSpec(spec.id(), spec.image(), limits, spec.environment(), spec.persisted(), spec.runFiles());
    }

    /** As {@code spec}, with persisted paths. */
    public ComputeSpec persisting(ComputeSpec spec, List<VolumeMount> mounts) {
        return new ComputeSpec(spec.id(), spec.image(), spec.limits(), spec.environment(), mounts, spec.runFiles());
    }

    /** As {@code spec}, with files under {@code /run/sandkeep}. */
    public ComputeSpec withRunFiles(ComputeSpec spec, Map<String, String> files) {
        return new ComputeSpec(spec.id(), spec.image(), spec.limits(), spec.environment(), spec.persisted(), files);
    }

    /** Starts a small ephemeral compute of a new sandbox. */
    public ComputeId started() {
        ComputeId id = newCompute();
        start(spec(id));
        return id;
    }

    /** Starts a small ephemeral compute from {@code image}. */
    public ComputeId startedFrom(ImageId image) {
        ComputeId id = newCompute();
        start(spec(id, image));
        return id;
    }

    /** Starts what must start. */
    public RunningCompute start(ComputeSpec spec) {
        track(spec.id());
        return expect(StartOutcome.Started.class, provider.start(spec)).compute();
    }

    /** Ends what runs, without much grace. */
    public void stop(ComputeId id) {
        assertThat(provider.stop(id, Duration.ofSeconds(2))).isInstanceOf(StopOutcome.Stopped.class);
    }

    // --------------------------------------------------------------------------------------------------- images

    /** A name for an image; what is captured under it is removed after the test. */
    public ImageId newImage() {
        ImageId image = new ImageId(Outcomes.unique("snp_"));
        images.add(image);
        return image;
    }

    /** Stops a compute, makes an image of it, and removes the compute. */
    public ImageId captured(ComputeId id) {
        stop(id);
        ImageId image = newImage();
        assertThat(provider.capture(id, image)).isInstanceOf(CaptureOutcome.Captured.class);
        provider.destroy(id);
        return image;
    }

    /** The small image after {@code script} ran on it. */
    public ImageId prepared(String script) {
        ComputeId id = started();
        sh(id, script);
        return captured(id);
    }

    // -------------------------------------------------------------------------------------------------- volumes

    /** A new volume of {@code sandbox}; removed after the test. */
    public VolumeId newVolume(String sandbox, String... paths) {
        VolumeId volume = new VolumeId(Outcomes.unique("vol_"));
        volumeIds.add(volume);
        assertThat(volumes.provision(VolumeSpec.of(volume, sandbox, List.of(paths))))
                .isEqualTo(new ProvisionOutcome.Provisioned(false));
        return volume;
    }

    /** A new volume with the content of a checkpoint; removed after the test. */
    public VolumeId forkOf(VolumeId source, CheckpointId at, String... paths) {
        VolumeId fork = new VolumeId(Outcomes.unique("vol_"));
        volumeIds.add(fork);
        VolumeSpec spec = VolumeSpec.of(fork, Outcomes.unique("sbx_"), List.of(paths));
        assertThat(volumes.fork(source, Optional.of(at), spec, new CheckpointId(Outcomes.unique("chk_"))))
                .isInstanceOf(ForkOutcome.Forked.class);
        return fork;
    }

    /** Gives the volume to a compute. */
    public List<VolumeMount> attach(VolumeId volume, ComputeId id) {
        return expect(AttachOutcome.Attached.class, volumes.attach(volume, id.generation(), Optional.empty()))
                .mounts();
    }

    /** Takes the volume from a dead compute. */
    public void detach(VolumeId volume, ComputeId id) {
        assertThat(volumes.detach(volume, id.generation(), new CheckpointId(Outcomes.unique("chk_"))))
                .isInstanceOf(DetachOutcome.Detached.class);
    }

    /** Starts {@code id} from {@code image} with the volume attached. */
    public ComputeId startedWith(ComputeId id, ImageId image, VolumeId volume) {
        start(persisting(spec(id, image), attach(volume, id)));
        return id;
    }

    /** Ends {@code id} the way a session's stop does, and starts the next generation on the same image and volume. */
    public ComputeId resumed(ComputeId id, ImageId image, VolumeId volume) {
        stop(id);
        detach(volume, id);
        provider.destroy(id);
        return startedWith(next(id), image, volume);
    }

    // --------------------------------------------------------------------------------------------------- commands

    /**
     * A command that has ended.
     *
     * @param output what it wrote, in ISO 8859-1, so that every byte is one character
     * @param errors as {@code output}
     */
    public record Ran(int exitCode, String output, String errors) {
        /** The output as text without the line break at its end. */
        public String text() {
            return new String(output.getBytes(ISO_8859_1), UTF_8).stripTrailing();
        }
    }

    /** Runs a shell script that must succeed, and gives its output as text. */
    public String sh(ComputeId id, String script) {
        Ran ran = run(id, "sh", "-c", script);
        assertThat(ran.exitCode())
                .as("%s%n%s%n%s", script, ran.output(), ran.errors())
                .isZero();
        return ran.text();
    }

    /** Describes a {@link NastyTree}: everything of it that the provider promises to keep. */
    public String describe(ComputeId id, String directory) {
        String all = sh(id, NastyTree.describe(directory));
        return provider.capabilities().accessListsKept() ? all : NastyTree.withoutNames(all);
    }

    /** Runs a command to its end. */
    public Ran run(ComputeId id, String... command) {
        return run(id, ExecSpec.of(command), new byte[0]);
    }

    /** Runs a command to its end while it is fed {@code input}. */
    public Ran run(ComputeId id, ExecSpec spec, byte[] input) {
        // In this order: the process is closed before its readers are waited for.
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                ExecProcess process = exec(id, spec)) {
            Future<?> fed = threads.submit(() -> feed(process, input));
            Future<byte[]> output = threads.submit(() -> process.stdout().readAllBytes());
            Future<byte[]> errors = threads.submit(() -> process.stderr().readAllBytes());
            OptionalInt exit = process.waitFor(PATIENCE);
            if (exit.isEmpty()) {
                fail("still running after %s: %s", PATIENCE, spec.command());
            }
            fed.get();
            return new Ran(exit.getAsInt(), new String(output.get(), ISO_8859_1), new String(errors.get(), ISO_8859_1));
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError("running " + spec.command(), e);
        }
    }

    private static void feed(ExecProcess process, byte[] input) {
        try (OutputStream stdin = process.stdin()) {
            stdin.write(input);
        } catch (IOException ended) {
            // A command may end without reading its input; what it did is checked by its outputs and exit code.
        }
    }

    /** Starts a command; the caller closes it. */
    public ExecProcess exec(ComputeId id, String... command) {
        return exec(id, ExecSpec.of(command));
    }

    /** Starts a command; the caller closes it. */
    public ExecProcess exec(ComputeId id, ExecSpec spec) {
        return expect(ExecOutcome.Executing.class, provider.exec(id, spec)).process();
    }

    /** Waits for a line that a running command writes. */
    public static void awaitLine(ExecProcess process, String line) {
        StringBuilder seen = new StringBuilder();
        try {
            for (int read = process.stdout().read();
                    read >= 0;
                    read = process.stdout().read()) {
                if (read != '\n') {
                    seen.append((char) read);
                } else if (seen.toString().equals(line)) {
                    return;
                } else {
                    seen.setLength(0);
                }
            }
            byte[] errors = process.stderr().readAllBytes();
            fail("ended without writing '%s'; last words: %s %s", line, seen, new String(errors, UTF_8));
        } catch (IOException e) {
            throw new AssertionError("waiting for '" + line + "'", e);
        }
    }

    /** Makes all calls at the same moment and gives their answers in order. */
    public static <T> List<T> atOnce(List<Callable<T>> calls) {
        List<T> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<T> answer : threads.invokeAll(calls)) {
                answers.add(answer.get());
            }
            return answers;
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError("a call failed", e);
        }
    }

    // ------------------------------------------------------------------------------------------------- cleaning up

    /** What the host still has of a compute. */
    public List<HostResource> resourcesOf(ComputeId id) {
        return provider.resources().stream()
                .filter(resource -> resource.owner().equals(Optional.of(id.name())))
                .toList();
    }

    /** Removes what the last test made, and checks that nothing of it is left on the host. */
    void removeEverything() {
        for (ComputeId id : computes) {
            provider.destroy(id);
        }
        for (ImageId image : images.reversed()) {
            provider.deleteImage(image);
        }
        for (VolumeId volume : volumeIds) {
            volumes.delete(volume);
        }
        List<ComputeId> destroyed = List.copyOf(computes);
        computes.clear();
        images.clear();
        volumeIds.clear();
        assertThat(destroyed).allSatisfy(id -> assertThat(resourcesOf(id)).isEmpty());
    }

    void close() {
        provider.close();
        volumes.close();
    }
}
