package dev.sandkeep.spi.faults;

import dev.sandkeep.spi.BaseImageOutcome;
import dev.sandkeep.spi.BaseImageSource;
import dev.sandkeep.spi.CaptureOutcome;
import dev.sandkeep.spi.ChangeVisitor;
import dev.sandkeep.spi.ChangesOutcome;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ComputeSpec;
import dev.sandkeep.spi.DeleteImageOutcome;
import dev.sandkeep.spi.DestroyOutcome;
import dev.sandkeep.spi.ExecOutcome;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.FilePath;
import dev.sandkeep.spi.HostResource;
import dev.sandkeep.spi.ImageDescription;
import dev.sandkeep.spi.ImageDiff;
import dev.sandkeep.spi.ImageFileOutcome;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ImageUsage;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.PauseOutcome;
import dev.sandkeep.spi.ProviderCapabilities;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.StartOutcome;
import dev.sandkeep.spi.StopOutcome;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A provider whose calls go wrong as a {@link FaultPlan} says. Its fault points are {@code provider.} and the method's name,
 * as listed in {@link #POINTS}. {@link #capabilities()} and {@link #close()} always work.
 */
public final class FaultySandboxProvider implements SandboxProvider {
    /** Every fault point of this wrapper. */
    public static final List<String> POINTS = List.of(
            "provider.ensureBaseImage",
            "provider.start",
            "provider.inspect",
            "provider.exec",
            "provider.putRunFile",
            "provider.pause",
            "provider.unpause",
            "provider.stop",
            "provider.destroy",
            "provider.capture",
            "provider.listImages",
            "provider.deleteImage",
            "provider.visitChanges",
            "provider.imageUsage",
            "provider.diffImages",
            "provider.readImageFile",
            "provider.listComputes",
            "provider.resources");

    private final SandboxProvider real;
    private final FaultPlan faults;

    /**
     * @param real does the work; closed with this
     * @param faults may be changed while this is in use
     */
    public FaultySandboxProvider(SandboxProvider real, FaultPlan faults) {
        this.real = real;
        this.faults = faults;
    }

    @Override
    public ProviderCapabilities capabilities() {
        return real.capabilities();
    }

    @Override
    public BaseImageOutcome ensureBaseImage(BaseImageSource source, Consumer<String> progress) {
        return faults.pass("provider.ensureBaseImage", () -> real.ensureBaseImage(source, progress));
    }

    @Override
    public StartOutcome start(ComputeSpec spec) {
        return faults.pass("provider.start", () -> real.start(spec));
    }

    @Override
    public InspectOutcome inspect(ComputeId id) {
        return faults.pass("provider.inspect", () -> real.inspect(id));
    }

    /** A process whose answer is lost or that a second one replaces is closed: nobody else could. */
    @Override
    public ExecOutcome exec(ComputeId id, ExecSpec spec) {
        return faults.pass("provider.exec", () -> real.exec(id, spec), unseen -> {
            if (unseen instanceof ExecOutcome.Executing executing) {
                executing.process().close();
            }
        });
    }

    @Override
    public boolean putRunFile(ComputeId id, String name, String content) {
        return faults.pass("provider.putRunFile", () -> real.putRunFile(id, name, content));
    }

    @Override
    public PauseOutcome pause(ComputeId id) {
        return faults.pass("provider.pause", () -> real.pause(id));
    }

    @Override
    public PauseOutcome unpause(ComputeId id) {
        return faults.pass("provider.unpause", () -> real.unpause(id));
    }

    @Override
    public StopOutcome stop(ComputeId id, Duration grace) {
        return faults.pass("provider.stop", () -> real.stop(id, grace));
    }

    @Override
    public DestroyOutcome destroy(ComputeId id) {
        return faults.pass("provider.destroy", () -> real.destroy(id));
    }

    @Override
    public CaptureOutcome capture(ComputeId id, ImageId image) {
        return faults.pass("provider.capture", () -> real.capture(id, image));
    }

    @Override
    public List<ImageDescription> listImages() {
        return faults.pass("provider.listImages", real::listImages);
    }

    @Override
    public DeleteImageOutcome deleteImage(ImageId image) {
        return faults.pass("provider.deleteImage", () -> real.deleteImage(image));
    }

    /** A visitor whose answer is lost has seen everything; one that is answered twice sees everything twice. */
    @Override
    public ChangesOutcome visitChanges(ComputeId id, ChangeVisitor visitor) {
        return faults.pass("provider.visitChanges", () -> real.visitChanges(id, visitor));
    }

    @Override
    public ChangesOutcome visitChanges(ImageId image, ChangeVisitor visitor) {
        return faults.pass("provider.visitChanges", () -> real.visitChanges(image, visitor));
    }

    @Override
    public Optional<ImageUsage> imageUsage(ImageId image, int largest) {
        return faults.pass("provider.imageUsage", () -> real.imageUsage(image, largest));
    }

    @Override
    public Optional<ImageDiff> diffImages(ImageId before, ImageId after, int entries, int largest) {
        return faults.pass("provider.diffImages", () -> real.diffImages(before, after, entries, largest));
    }

    @Override
    public ImageFileOutcome readImageFile(ImageId image, FilePath path, int atMost) {
        return faults.pass("provider.readImageFile", () -> real.readImageFile(image, path, atMost));
    }

    @Override
    public List<ComputeId> listComputes() {
        return faults.pass("provider.listComputes", real::listComputes);
    }

    @Override
    public List<HostResource> resources() {
        return faults.pass("provider.resources", real::resources);
    }

    @Override
    public void close() {
        real.close();
    }
}
