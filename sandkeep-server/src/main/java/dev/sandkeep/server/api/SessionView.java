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
 * @param lifecycle what the newest generation was told of those before it; the same as /run/sandkeep/lifecycle.json in it
 */
@Schema(name = "Session")
record SessionView(
        String id,
        String name,
        String profileId,
        String profileName,
        int version,
        Instant createdAt,
        SandboxView sandbox,

        @JsonRawValue @Schema(implementation = Lifecycle.class) @Nullable
        String lifecycle,

        @Nullable Instant deletedAt) {

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
            List<String> persistedPaths) {}

    static SessionView of(SessionDetails details) {
        Sandbox sandbox = details.sandbox();
        return new SessionView(
                details.session().id(),
                details.session().name(),
                details.session().profileId(),
                details.profileName(),
                details.session().version(),
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
                        sandbox.persistedPaths()),
                sandbox.lifecycle().orElse(null),
                details.session().deletedAt().orElse(null));
    }
}
