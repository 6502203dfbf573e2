package dev.sandkeep.server.api;

import dev.sandkeep.server.findings.Finding;
import dev.sandkeep.server.findings.FindingState;
import dev.sandkeep.server.findings.Findings;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.reconciler.Leak;
import dev.sandkeep.server.reconciler.Leaks;
import dev.sandkeep.server.reconciler.Reconciler;
import dev.sandkeep.server.sessions.Sessions;
import dev.sandkeep.spi.ProviderException;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What the reconciler found and did. */
@RestController
@RequestMapping("/api/v1/system")
@Tag(name = "System")
class FindingController {
    private final Findings findings;
    private final Reconciler reconciler;
    private final Leaks leaks;

    FindingController(Findings findings, Reconciler reconciler, Leaks leaks) {
        this.findings = findings;
        this.reconciler = reconciler;
        this.leaks = leaks;
    }

    /**
     * A difference between rows and what is there.
     *
     * @param kind of thing on the host or in a store; {@code ROW} for a row without its thing
     * @param state {@code open}, {@code needs_person}, {@code adopted}, {@code repaired}, {@code removed} or {@code gone}
     * @param action what was done, or is to be done
     * @param bytes won by its removal, where that is known
     */
    @Schema(name = "Finding")
    record FindingView(
            String id,
            String kind,
            String name,
            String owner,
            String reason,
            String state,
            String action,
            @Nullable Long bytes,
            Instant firstSeenAt,
            Instant lastSeenAt,
            @Nullable Instant endedAt) {
        static FindingView of(Finding finding) {
            return new FindingView(
                    finding.id(),
                    finding.kind(),
                    finding.name(),
                    finding.owner(),
                    finding.reason(),
                    finding.state().text(),
                    finding.action(),
                    finding.bytes().isPresent() ? (Long) finding.bytes().getAsLong() : null,
                    finding.firstSeenAt(),
                    finding.lastSeenAt(),
                    finding.endedAt().orElse(null));
        }
    }

    /** How to reconcile; {@code dryRun} only says what differs and what would be done. */
    @Schema(name = "ReconcileRequest")
    record ReconcileRequest(@Nullable Boolean dryRun) {}

    /**
     * What a turn met.
     *
     * @param differences before it
     * @param left after it; the same in a dry run
     */
    @Schema(name = "Reconciliation")
    record Reconciliation(boolean dryRun, List<Leak> differences, List<Leak> left) {}

    @GetMapping("/findings")
    @Requires(Permission.SERVER_OPERATE)
    @Operation(
            operationId = "listFindings",
            summary =
                    "What the reconciler found to differ between rows and what is there, and what was done; newest first")
    Page<FindingView> list(
            @RequestParam(required = false)
                    @Parameter(description = "Only of this state; may be given more than once")
                    @Nullable
                    List<String> state,
            @RequestParam(required = false) @Parameter(description = ListParameters.LIMIT) @Nullable Integer limit,
            @RequestParam(required = false) @Parameter(description = ListParameters.CURSOR) @Nullable String cursor) {
        return findings.list(states(state == null ? List.of() : state), PageRequest.of(limit, cursor))
                .map(FindingView::of);
    }

    private static List<FindingState> states(List<String> names) {
        ValidationErrors errors = new ValidationErrors();
        List<FindingState> states = new ArrayList<>();
        for (String name : names) {
            Arrays.stream(FindingState.values())
                    .filter(state -> state.text().equals(name))
                    .findFirst()
                    .ifPresentOrElse(
                            states::add,
                            () -> errors.check(
                                    false,
                                    "state",
                                    "unknown_value",
                                    "state must be open, needs_person, adopted, repaired, removed or gone"));
        }
        errors.throwIfAny();
        return states;
    }

    @PostMapping("/reconcile")
    @Requires(Permission.SERVER_OPERATE)
    @Operation(
            operationId = "reconcile",
            summary =
                    "Compare rows with what is there now, and put right what the server can; or only say what that is")
    Reconciliation reconcile(@RequestBody(required = false) @Nullable ReconcileRequest body) {
        boolean dryRun = body != null && Boolean.TRUE.equals(body.dryRun());
        try {
            List<Leak> before = leaks.look();
            if (dryRun) {
                return new Reconciliation(true, before, before);
            }
            reconciler.run();
            return new Reconciliation(false, before, leaks.look());
        } catch (ProviderException failure) {
            throw Sessions.problem(failure);
        }
    }
}
