package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.volumes.Volume;
import dev.sandkeep.server.volumes.VolumeOrigin;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.VolumeUsage;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DuplicateKeyException;

/** What can be done with the volume of a session beside working on it, for everyone else: fork, export, import, look. */
public final class SessionVolumes {
    private static final Logger LOG = LoggerFactory.getLogger(SessionVolumes.class);

    private final Sessions sessions;
    private final SessionCheckpoints checkpoints;
    private final SessionStarts starts;
    private final SandboxTransitions transitions;
    private final SandboxWork work;
    private final SandboxLeases leases;
    private final SandboxWaits waits;
    private final SandboxChecks checks;
    private final Volumes volumes;
    private final RepeatableRequests requests;

    SessionVolumes(
            Sessions sessions,
            SessionCheckpoints checkpoints,
            SessionStarts starts,
            SandboxTransitions transitions,
            SandboxWork work,
            SandboxLeases leases,
            SandboxWaits waits,
            SandboxChecks checks,
            Volumes volumes,
            RepeatableRequests requests) {
        this.sessions = sessions;
        this.checkpoints = checkpoints;
        this.starts = starts;
        this.transitions = transitions;
        this.work = work;
        this.leases = leases;
        this.waits = waits;
        this.checks = checks;
        this.volumes = volumes;
        this.requests = requests;
    }

    /** A session's volume, with the row that it belongs to. */
    private record Source(SessionDetails session, Volume volume) {
        private Sandbox row() {
            return session.sandbox();
        }
    }

    private Source source(Caller caller, String reference) {
        SessionDetails details = sessions.get(caller, reference);
        SandboxChecks.requireNotDeleted(details.sandbox());
        SandboxChecks.requirePersistent(details.sandbox());
        checks.requireHere(details.sandbox());
        Volume volume = volumes.ofSandbox(details.sandbox().id())
                .orElseThrow(() -> SandboxChecks.notRunning(details.sandbox()));
        return new Source(details, volume);
    }

    /**
     * Starts a new session, on the same snapshot, with the content of a checkpoint.
     *
     * @param at the checkpoint; empty for what the session holds now, of which a checkpoint is made first when it runs
     * @param name of the new session
     * @param wait how long to wait for {@code running}
     * @throws SandkeepException {@code not_found}, {@code sandbox_not_persistent}, {@code session_name_taken}
     */
    public SessionDetails fork(
            Caller caller,
            String reference,
            Optional<String> at,
            Optional<String> name,
            @Nullable String key,
            Duration wait)
            throws InterruptedException {
        SessionStarts.checkName(name);
        Source source = source(caller, reference);
        String operation = "POST /sessions/fork";
        String request = source.row().id() + " " + at + " " + name;
        // A request that comes again must not make another checkpoint.
        boolean repeated = requests.known(caller, key, operation, request);
        Optional<CheckpointId> present = at.isPresent() || repeated
                ? Optional.empty()
                : Optional.of(checkpoints.present(caller, source.row(), source.volume()));
        return sessions.started(caller, key, operation, request, name, wait, () -> {
            CheckpointId from = volumes.requireCheckpoint(
                            source.volume().id(),
                            at.or(() -> present.map(CheckpointId::value)).orElse(""))
                    .point()
                    .checkpoint();
            return starts.beginFork(
                    caller,
                    source.session(),
                    new VolumeOrigin.Fork(source.volume().id(), from),
                    name);
        });
    }

    /**
     * An export that was checked and can begin.
     *
     * @param fileName what to call the file
     */
    public record Export(Volume volume, CheckpointId checkpoint, String fileName, Map<String, String> labels) {}

    /**
     * Prepares an export.
     *
     * @param at the checkpoint; empty for what the session holds now
     */
    public Export prepareExport(Caller caller, String reference, Optional<String> at) throws InterruptedException {
        Source source = source(caller, reference);
        CheckpointId checkpoint = at.isPresent()
                ? volumes.requireCheckpoint(source.volume().id(), at.get())
                        .point()
                        .checkpoint()
                : checkpoints.present(caller, source.row(), source.volume());
        return new Export(
                source.volume(),
                checkpoint,
                source.session().session().name() + ".sandkeep",
                Map.of(
                        "session", source.row().sessionId(),
                        "sandbox", source.row().id(),
                        "profile", source.session().profileName(),
                        "version", Integer.toString(source.row().version()),
                        "checkpoint", checkpoint.value()));
    }

    /** Writes an export. */
    public void export(Export export, OutputStream target) {
        try {
            volumes.export(export.volume(), export.checkpoint(), export.labels(), target);
        } catch (ProviderException failure) {
            throw Sessions.problem(failure);
        }
    }

    /**
     * Starts a new session with the content of an export.
     *
     * @param source what {@link #export} wrote, here or on another installation
     * @param wait how long to wait for {@code running}, once the stream is read
     * @throws SandkeepException {@code volume_stream_unusable}; then nothing of it is left
     */
    public SessionDetails importFrom(
            Caller caller, NewSession request, @Nullable String key, InputStream source, Duration wait)
            throws InterruptedException {
        SessionStarts.checkName(request.name());
        AtomicReference<SessionStarts.@Nullable Begun> begun = new AtomicReference<>();
        String id;
        try {
            id = Sessions.onPresentSnapshot(() -> requests.once(caller, key, "POST /sessions/import", request, () -> {
                SessionStarts.Begun made = starts.beginImport(caller, request);
                begun.set(made);
                return made.session().id();
            }));
        } catch (DuplicateKeyException e) {
            throw SessionStarts.taken(request.name().orElse("")).causedBy(e);
        }
        SessionStarts.Begun made = begun.get();
        if (made == null) {
            Sandbox before = sessions.get(caller, id).sandbox();
            waits.await(before, wait, row -> row.state().atRest());
            return sessions.get(caller, id);
        }
        read(caller, made, source);
        Sandbox row = transitions.imported(made.task().sandbox());
        work.begin(row).await(wait);
        return sessions.get(caller, id);
    }

    private void read(Caller caller, SessionStarts.Begun begun, InputStream source) throws InterruptedException {
        Sandbox row = begun.task().sandbox();
        leases.hold(row);
        try {
            volumes.importFrom(begun.task().volume().orElseThrow(), source);
        } catch (SandkeepException refused) {
            throw undone(caller, row, refused);
        } catch (ProviderException failure) {
            throw undone(caller, row, Sessions.problem(failure));
        } catch (java.io.UncheckedIOException broken) {
            throw undone(
                    caller,
                    row,
                    new SandkeepException(
                                    ProblemCode.VOLUME_STREAM_UNUSABLE,
                                    "The stream ended early: " + broken.getMessage())
                            .causedBy(broken));
        } catch (RuntimeException e) {
            throw undone(
                    caller,
                    row,
                    new SandkeepException(ProblemCode.INTERNAL_ERROR, "The import failed: " + e.getMessage())
                            .causedBy(e));
        } finally {
            leases.drop(row.id());
        }
    }

    /** Nothing of a refused stream is left: neither volume nor session. */
    private SandkeepException undone(Caller caller, Sandbox row, SandkeepException cause) throws InterruptedException {
        try {
            transitions.importFailed(row, Failure.of(cause));
            sessions.delete(caller, row.sessionId(), true);
        } catch (SandboxMoved moved) {
            LOG.info("event=import_left_to_others sandbox={}", row.id());
        }
        return cause;
    }

    /**
     * What a session's volume takes.
     *
     * @param largest how many directories to name at most
     */
    public VolumeUsage usage(Caller caller, String reference, int largest) {
        Source source = source(caller, reference);
        try {
            return volumes.usage(source.volume().id(), largest)
                    .orElseThrow(() -> new SandkeepException(
                            ProblemCode.NOT_FOUND,
                            "Volume " + source.volume().id() + " of session "
                                    + source.row().sessionId() + " is not in its store.",
                            ProblemCode.VOLUME_MISSING.nextStep()));
        } catch (ProviderException failure) {
            throw Sessions.problem(failure);
        }
    }
}
