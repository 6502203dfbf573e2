package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.sessions.NewSession;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.sessions.SessionVolumes;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What can be done with the volume of a session beside working on it. */
@RestController
@RequestMapping("/api/v1/sessions")
@Tag(name = "Volumes")
class VolumeController {
    private static final int LARGEST = 20;

    private final SessionVolumes volumes;

    VolumeController(SessionVolumes volumes) {
        this.volumes = volumes;
    }

    /**
     * A session to fork.
     *
     * @param checkpoint id of a checkpoint of it; without one, what it holds now
     * @param name of the new session, unique among those that are not deleted; made up when absent
     */
    record ForkSession(
            @Nullable String checkpoint,

            @Nullable @Schema(pattern = "[a-z0-9][a-z0-9-]{0,62}")
            String name) {}

    @PostMapping("/{session}/fork")
    @Requires(Permission.SESSIONS_START)
    @Operation(
            operationId = "forkSession",
            summary = "Start a new session, on the same snapshot, with what this one holds or held")
    @ApiResponse(responseCode = "201", description = "The new session")
    ResponseEntity<SessionView> fork(
            Caller caller,
            @PathVariable @Parameter(description = SessionController.SESSION) String session,
            @RequestBody(required = false) @Nullable ForkSession body,
            @RequestParam(defaultValue = "30") @Parameter(description = SessionController.WAIT) int wait,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey)
            throws InterruptedException {
        SessionController.checkWait(wait);
        return created(volumes.fork(
                caller,
                session,
                Optional.ofNullable(body).map(ForkSession::checkpoint),
                Optional.ofNullable(body).map(ForkSession::name),
                idempotencyKey,
                Duration.ofSeconds(wait)));
    }

    @GetMapping("/{session}/volume")
    @Requires(Permission.SESSIONS_SEE)
    @Operation(operationId = "getVolumeUsage", summary = "What a session's volume takes; reads all of it")
    VolumeUsageView usage(
            Caller caller, @PathVariable @Parameter(description = SessionController.SESSION) String session) {
        return VolumeUsageView.of(volumes.usage(caller, session, LARGEST));
    }

    @Requires(Permission.SESSIONS_USE)
    @GetMapping(path = "/{session}/volume/export", produces = MediaType.APPLICATION_OCTET_STREAM_VALUE)
    @Operation(
            operationId = "exportVolume",
            summary =
                    "A checkpoint as one stream, which an import understands. A stream that breaks off has no end that an import"
                            + " would take")
    @ApiResponse(
            responseCode = "200",
            description = "The stream",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_OCTET_STREAM_VALUE,
                            schema = @Schema(type = "string", format = "binary")))
    void export(
            Caller caller,
            @PathVariable @Parameter(description = SessionController.SESSION) String session,
            @RequestParam(required = false)
                    @Parameter(description = "Id of a checkpoint; without one, what the session holds now")
                    @Nullable
                    String checkpoint,
            HttpServletResponse response)
            throws IOException, InterruptedException {
        SessionVolumes.Export export = volumes.prepareExport(caller, session, Optional.ofNullable(checkpoint));
        response.setContentType(MediaType.APPLICATION_OCTET_STREAM_VALUE);
        response.setHeader(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + export.fileName() + "\"");
        Downloads.write(response, export.volume().id().value(), target -> volumes.export(export, target));
    }

    @Requires(Permission.SESSIONS_START)
    @PostMapping(path = "/import", consumes = MediaType.APPLICATION_OCTET_STREAM_VALUE)
    @Operation(
            operationId = "importVolume",
            summary = "Start a new session with what was exported, on this installation or another",
            requestBody =
                    @io.swagger.v3.oas.annotations.parameters.RequestBody(
                            required = true,
                            description = "The stream of an export",
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_OCTET_STREAM_VALUE,
                                            schema = @Schema(type = "string", format = "binary"))))
    @ApiResponse(responseCode = "201", description = "The new session")
    ResponseEntity<SessionView> importVolume(
            Caller caller,
            @RequestParam @Parameter(description = "Profile of the new session, by id or name") String profile,
            @RequestParam(required = false)
                    @Parameter(description = "A published version; without one, the newest that is usable")
                    @Nullable
                    Integer version,
            @RequestParam(required = false) @Parameter(description = "Name of the new session") @Nullable String name,
            @RequestParam(defaultValue = "30") @Parameter(description = SessionController.WAIT) int wait,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey,
            HttpServletRequest request)
            throws InterruptedException, IOException {
        SessionController.checkWait(wait);
        NewSession wanted = new NewSession(
                profile, version == null ? OptionalInt.empty() : OptionalInt.of(version), Optional.ofNullable(name));
        return created(
                volumes.importFrom(caller, wanted, idempotencyKey, request.getInputStream(), Duration.ofSeconds(wait)));
    }

    private static ResponseEntity<SessionView> created(SessionDetails made) {
        return ResponseEntity.created(
                        URI.create("/api/v1/sessions/" + made.session().id()))
                .body(SessionView.of(made));
    }
}
