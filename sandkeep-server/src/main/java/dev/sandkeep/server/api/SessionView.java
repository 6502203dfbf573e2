package dev.sandkeep.server.api;

import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.sandkeep.server.sessions.Failure;
import dev.sandkeep.server.sessions.Lifecycle;
import dev.sandkeep.server.sessions.PersistenceFallback;
import dev.sandkeep.server.sessions.Sandbox;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.sessions.StopReason;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session and its sandbox, as the API shows them.
 *
 * @param workingDirectory where its commands begin unless they say where
 * @param lifecycle what the newest generation was told of those before it; the same as /run/sandkeep/lifecycle.json in it
 * @param restorableUntil of a deleted one: until when its deletion can be undone
 */
@Schema(name = "Session")
record SessionView(
        String id,
        String name,
        String profileId,
        String profileName,
        int version,
        String workingDirectory,
        Instant createdAt,
        SandboxView sandbox,

        @JsonRawValue @Schema(implementation = Lifecycle.class) @Nullable
        String lifecycle,

        @Nullable Instant deletedAt,
        @Nullable Instant restorableUntil) {

    /**
     * The sandbox of a session.
     *
     * @param mode {@code ephemeral} or {@code persistent}
     * @param state {@code pending}, {@code starting}, {@code running}, {@code stopping}, {@code stopped}, {@code failed} or
     *     {@code deleted}
     * @param generation counts its computes
     * @param persistenceFallback why it is ephemeral although its version asks for persistence
     * @param stopReason why it last stopped
     * @param failure why it is not what it was asked to be
     * @param expiresAt when its compute must be gone; null when it may live for ever
     * @param lastActivityAt when it was last used, to some seconds
     * @param nextCheckpointAt when it is checkpointed next while it runs
     * @param quotaFrozenAt since when it is frozen because a persisted path is over its limit; the next exec thaws it
     * @param replacing whether another generation follows at once
     * @param rollingBackTo the checkpoint that it goes back to
     * @param durablePoint up to where its persisted paths are known to be safe
     */
    @Schema(name = "Sandbox")
    record SandboxView(
            String id,
            String mode,
            String state,
            int generation,
            String snapshotId,
            @Nullable PersistenceFallback persistenceFallback,
            @Nullable String stopReason,
            @Nullable Failure failure,
            Lifecycle.@Nullable Point durablePoint,
            @Nullable Instant startedAt,
            @Nullable Instant stoppedAt,
            @Nullable Instant expiresAt,
            @Nullable Instant lastActivityAt,
            @Nullable Instant nextCheckpointAt,
            @Nullable Instant quotaFrozenAt,
            boolean replacing,
            @Nullable String rollingBackTo,
            List<String> persistedPaths) {}

    static SessionView of(SessionDetails details) {
        Sandbox sandbox = details.sandbox();
        return new SessionView(
                details.session().id(),
                details.session().name(),
                details.session().profileId(),
                details.profileName(),
                details.session().version(),
                details.session().workingDirectory(),
                details.session().createdAt(),
                new SandboxView(
                        sandbox.id(),
                        sandbox.mode().text(),
                        sandbox.state().text(),
                        sandbox.generation(),
                        sandbox.snapshotId(),
                        sandbox.fallback().orElse(null),
                        sandbox.stopReason().map(StopReason::text).orElse(null),
                        sandbox.failure().orElse(null),
                        details.durable().map(Lifecycle.Point::of).orElse(null),
                        sandbox.startedAt().orElse(null),
                        sandbox.stoppedAt().orElse(null),
                        sandbox.upkeep().expiresAt().orElse(null),
                        sandbox.upkeep().lastActivityAt().orElse(null),
                        sandbox.upkeep().checkpointDueAt().orElse(null),
                        sandbox.upkeep().quotaFrozenAt().orElse(null),
                        sandbox.upkeep().replaceWished(),
                        sandbox.upkeep().rollback().map(it -> it.to().value()).orElse(null),
                        sandbox.persistedPaths()),
                sandbox.lifecycle().orElse(null),
                details.session().deletedAt().orElse(null),
                details.keptUntil().orElse(null));
    }
}
