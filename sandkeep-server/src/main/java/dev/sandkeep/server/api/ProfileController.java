package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.SelfChecking;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.Draft;
import dev.sandkeep.server.profiles.Profile;
import dev.sandkeep.server.profiles.ProfileDrafts;
import dev.sandkeep.server.profiles.ProfileVersion;
import dev.sandkeep.server.profiles.ProfileVersions;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.profiles.SpecificationInput;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Profiles, their drafts and versions. */
@RestController
@RequestMapping("/api/v1/profiles")
@Tag(name = "Profiles")
class ProfileController {
    private final Profiles profiles;
    private final ProfileDrafts drafts;
    private final ProfileVersions versions;
    private final VersionViews views;

    ProfileController(Profiles profiles, ProfileDrafts drafts, ProfileVersions versions, VersionViews views) {
        this.profiles = profiles;
        this.drafts = drafts;
        this.versions = versions;
        this.views = views;
    }

    /**
     * A profile to make.
     *
     * @param spec its first draft; without one the draft is an empty Debian system
     */
    record CreateProfile(
            @Schema(pattern = "[a-z0-9][a-z0-9-]{0,62}") String name,
            @Nullable SpecificationInput spec) implements SelfChecking {
        @Override
        public void check(String path, ValidationErrors errors) {
            if (name != null) {
                errors.check(
                        Profiles.NAME.matcher(name).matches(),
                        path + "name",
                        "malformed",
                        "name must be 1 to 63 lower-case letters, digits and '-', not starting with '-'");
            }
            if (spec != null) {
                spec.check(path + "spec.", errors);
            }
        }
    }

    /**
     * What publishing made.
     *
     * @param job the snapshot job that was queued
     */
    record Published(VersionView version, @Nullable SnapshotJobView job) {}

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    @Requires(Permission.PROFILES_EDIT)
    @Operation(operationId = "createProfile", summary = "Make a profile with a draft")
    ResponseEntity<ProfileView> create(
            Caller caller,
            @RequestBody CreateProfile body,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey) {
        SpecificationInput spec = body.spec() == null ? SpecificationInput.minimal() : body.spec();
        Profile made = profiles.create(caller, body.name(), spec, idempotencyKey);
        return ResponseEntity.created(URI.create("/api/v1/profiles/" + made.id()))
                .body(view(made));
    }

    @GetMapping
    @Requires(Permission.PROFILES_SEE)
    @Operation(operationId = "listProfiles", summary = "All profiles, by name")
    Page<ProfileView> list(
            Caller caller,
            @RequestParam(required = false) @Parameter(description = ListParameters.LIMIT) @Nullable Integer limit,
            @RequestParam(required = false) @Parameter(description = ListParameters.CURSOR) @Nullable String cursor) {
        PageRequest request = PageRequest.of(limit, cursor);
        Page<Profile> page = Page.of(profiles.list(caller, request.after(), request.fetch()), request, Profile::name);
        Map<String, Integer> usable =
                profiles.usableVersions(page.items().stream().map(Profile::id).toList());
        return page.map(profile -> ProfileView.of(profile, usable));
    }

    @GetMapping("/{profile}")
    @Requires(Permission.PROFILES_SEE)
    @Operation(operationId = "getProfile", summary = "One profile")
    ProfileView get(Caller caller, @PathVariable @Parameter(description = ListParameters.PROFILE) String profile) {
        return view(profiles.find(caller, profile));
    }

    @DeleteMapping("/{profile}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Requires(Permission.PROFILES_DELETE)
    @Operation(operationId = "deleteProfile", summary = "Delete a profile that has no sessions")
    void delete(Caller caller, @PathVariable @Parameter(description = ListParameters.PROFILE) String profile) {
        profiles.delete(caller, profile);
    }

    @GetMapping("/{profile}/draft")
    @Requires(Permission.PROFILES_SEE)
    @Operation(operationId = "getDraft", summary = "The draft of the next version")
    ResponseEntity<Draft> draft(
            Caller caller, @PathVariable @Parameter(description = ListParameters.PROFILE) String profile) {
        return answer(drafts.get(caller, profile));
    }

    @PutMapping("/{profile}/draft")
    @Requires(Permission.PROFILES_EDIT)
    @Operation(operationId = "putDraft", summary = "Write the draft, or begin one; answers every mistake at once")
    ResponseEntity<Draft> putDraft(
            Caller caller,
            @PathVariable @Parameter(description = ListParameters.PROFILE) String profile,
            @RequestBody SpecificationInput body,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false)
                    @Parameter(description = "Write only if the draft's revision is this one", example = "\"3\"")
                    @Nullable
                    String ifMatch) {
        return answer(drafts.put(caller, profile, body, revision(ifMatch)));
    }

    @DeleteMapping("/{profile}/draft")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Requires(Permission.PROFILES_EDIT)
    @Operation(operationId = "deleteDraft", summary = "Throw the draft away")
    void deleteDraft(Caller caller, @PathVariable @Parameter(description = ListParameters.PROFILE) String profile) {
        drafts.delete(caller, profile);
    }

    @PostMapping("/{profile}/publish")
    @ResponseStatus(HttpStatus.CREATED)
    @Requires(Permission.PROFILES_PUBLISH)
    @Operation(
            operationId = "publishProfile",
            summary = "Make the draft the next version, which never changes again, and queue its snapshot job")
    Published publish(
            Caller caller,
            @PathVariable @Parameter(description = ListParameters.PROFILE) String profile,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey) {
        ProfileVersions.Published made = versions.publish(caller, profile, idempotencyKey);
        return new Published(
                views.of(caller, made.version()),
                views.job(caller, made.jobId()).orElse(null));
    }

    @GetMapping("/{profile}/versions")
    @Requires(Permission.PROFILES_SEE)
    @Operation(operationId = "listVersions", summary = "All published versions, newest first")
    Page<VersionView> versions(
            Caller caller,
            @PathVariable @Parameter(description = ListParameters.PROFILE) String profile,
            @RequestParam(required = false) @Parameter(description = ListParameters.LIMIT) @Nullable Integer limit,
            @RequestParam(required = false) @Parameter(description = ListParameters.CURSOR) @Nullable String cursor) {
        PageRequest request = PageRequest.of(limit, cursor);
        OptionalInt below = request.after().stream().mapToInt(Integer::parseInt).findFirst();
        Page<ProfileVersion> page = Page.of(
                versions.list(caller, profile, below, request.fetch()),
                request,
                version -> Integer.toString(version.number()));
        List<VersionView> shown = views.of(caller, page.items());
        return new Page<>(shown, page.nextCursor());
    }

    @GetMapping("/{profile}/versions/{number}")
    @Requires(Permission.PROFILES_SEE)
    @Operation(operationId = "getVersion", summary = "One published version")
    VersionView version(
            Caller caller,
            @PathVariable @Parameter(description = ListParameters.PROFILE) String profile,
            @PathVariable int number) {
        return views.of(caller, versions.get(caller, profile, number));
    }

    @GetMapping(path = "/{profile}/versions/{number}/plan", produces = MediaType.APPLICATION_JSON_VALUE)
    @Requires(Permission.PROFILES_SEE)
    @Operation(operationId = "getPlan", summary = "The runtime plan's exact bytes: canonical JSON")
    @ApiResponse(
            responseCode = "200",
            description = "The plan; its SHA-256 is the version's planDigest",
            content = @Content(mediaType = MediaType.APPLICATION_JSON_VALUE, schema = @Schema(type = "object")))
    byte[] plan(
            Caller caller,
            @PathVariable @Parameter(description = ListParameters.PROFILE) String profile,
            @PathVariable int number) {
        return versions.planBytes(caller, profile, number);
    }

    private ProfileView view(Profile profile) {
        return ProfileView.of(profile, profiles.usableVersions(List.of(profile.id())));
    }

    private static ResponseEntity<Draft> answer(Draft draft) {
        return ResponseEntity.ok().eTag("\"" + draft.revision() + "\"").body(draft);
    }

    private static OptionalInt revision(@Nullable String ifMatch) {
        if (ifMatch == null) {
            return OptionalInt.empty();
        }
        String bare = ifMatch.strip().replaceFirst("^W/", "").replace("\"", "");
        ValidationErrors errors = new ValidationErrors();
        errors.check(
                bare.matches("\\d{1,9}"),
                HttpHeaders.IF_MATCH,
                "malformed",
                "If-Match must hold a revision such as \"3\"");
        errors.throwIfAny();
        return OptionalInt.of(Integer.parseInt(Objects.requireNonNull(bare)));
    }
}
