package dev.sandkeep.server.api;

import dev.sandkeep.server.events.AuditEntry;
import dev.sandkeep.server.events.AuditFilter;
import dev.sandkeep.server.events.AuditLog;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** The audit log: as pages, or all of it as JSON lines. */
@RestController
@RequestMapping("/api/v1/audit")
@Tag(name = "Audit log")
class AuditController {
    private static final String ACTOR = "Only what this member or service account did, by id";
    private static final String ACTION = "Only this, such as role_changed";
    private static final String SUBJECT = "Only what was done to this thing, by id";
    private static final String FROM = "From this moment on (RFC 3339), or from this day on (2026-01-31, 00:00 UTC)";
    private static final String TO = "Before this moment, or before this day";

    private final AuditLog log;
    private final JsonMapper json;

    AuditController(AuditLog log, JsonMapper json) {
        this.log = log;
        this.json = json;
    }

    @GetMapping
    @Requires(Permission.AUDIT_SEE)
    @Operation(operationId = "listAuditEntries", summary = "Who did what to what from where, newest first")
    Page<AuditEntry> list(
            Caller caller,
            @RequestParam(required = false) @Parameter(description = ACTOR) @Nullable String actor,
            @RequestParam(required = false) @Parameter(description = ACTION) @Nullable String action,
            @RequestParam(required = false) @Parameter(description = SUBJECT) @Nullable String subject,
            @RequestParam(required = false) @Parameter(description = FROM) @Nullable String from,
            @RequestParam(required = false) @Parameter(description = TO) @Nullable String to,
            @RequestParam(required = false) @Parameter(description = ListParameters.LIMIT) @Nullable Integer limit,
            @RequestParam(required = false) @Parameter(description = ListParameters.CURSOR) @Nullable String cursor) {
        return log.list(caller, filter(actor, action, subject, from, to), PageRequest.of(limit, cursor));
    }

    @GetMapping(path = "/export", produces = MediaType.APPLICATION_NDJSON_VALUE)
    @Requires(Permission.AUDIT_SEE)
    @Operation(operationId = "exportAuditLog", summary = "The audit log, oldest first, one JSON object on each line")
    @ApiResponse(
            responseCode = "200",
            description = "The entries",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_NDJSON_VALUE,
                            schema = @Schema(type = "string", description = "Lines, each an AuditEntry")))
    void export(
            Caller caller,
            HttpServletResponse response,
            @RequestParam(required = false) @Parameter(description = ACTOR) @Nullable String actor,
            @RequestParam(required = false) @Parameter(description = ACTION) @Nullable String action,
            @RequestParam(required = false) @Parameter(description = SUBJECT) @Nullable String subject,
            @RequestParam(required = false) @Parameter(description = FROM) @Nullable String from,
            @RequestParam(required = false) @Parameter(description = TO) @Nullable String to)
            throws IOException {
        AuditFilter filter = filter(actor, action, subject, from, to);
        response.setContentType(MediaType.APPLICATION_NDJSON_VALUE);
        response.setHeader(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"audit-log.jsonl\"");
        Downloads.write(response, "audit-log", target -> {
            OutputStream out = new BufferedOutputStream(target);
            log.export(caller, filter, entry -> {
                try {
                    out.write(json.writeValueAsBytes(entry));
                    out.write('\n');
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            out.flush();
        });
    }

    private static AuditFilter filter(
            @Nullable String actor,
            @Nullable String action,
            @Nullable String subject,
            @Nullable String from,
            @Nullable String to) {
        return AuditFilter.of(
                Optional.ofNullable(actor),
                Optional.ofNullable(action),
                Optional.ofNullable(subject),
                Optional.ofNullable(from),
                Optional.ofNullable(to));
    }
}
