package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.ProfileVersion;
import dev.sandkeep.server.profiles.ProfileVersions;
import dev.sandkeep.server.profiles.VersionStatus;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** The published versions of a profile. */
@Controller
public final class VersionPages {
    private final Pages pages;
    private final ProfileHeads heads;
    private final ProfileVersions versions;
    private final SpecificationYaml yaml;

    VersionPages(Pages pages, ProfileHeads heads, ProfileVersions versions, SpecificationYaml yaml) {
        this.pages = pages;
        this.heads = heads;
        this.versions = versions;
        this.yaml = yaml;
    }

    /** One of them, and how it stands. */
    public record Row(ProfileVersion version, VersionStatus status) {
        /** The snapshot's status in a word. */
        public String word() {
            return status.snapshot().name().toLowerCase(Locale.ROOT);
        }

        /** Whether its newest refresh failed. */
        public boolean refreshFailed() {
            return status.lastRefresh()
                    .filter(it -> it == VersionStatus.Refresh.FAILED)
                    .isPresent();
        }
    }

    /** What the list shows. */
    public record Versions(ProfileHead head, List<Row> rows, String next, boolean first) {}

    /**
     * What the page of one version shows.
     *
     * @param difference to the version before; empty for the first
     * @param json of its specification, for a new draft
     */
    public record Version(ProfileHead head, Row row, String yaml, String json, Optional<TextDifference> difference) {}

    @GetMapping("/profiles/{profile}/versions")
    @Requires(Permission.PROFILES_SEE)
    View list(Frame frame, @PathVariable String profile, @RequestParam(required = false) @Nullable String cursor) {
        ProfileHead head = heads.of(frame, profile, "versions");
        PageRequest request = PageRequest.of(PageRequest.DEFAULT_LIMIT, cursor);
        OptionalInt below = request.after().stream().mapToInt(Integer::parseInt).findFirst();
        Page<ProfileVersion> found = Page.of(
                versions.list(frame.caller(), head.profile().id(), below, request.fetch()),
                request,
                version -> Integer.toString(version.number()));
        Map<Integer, VersionStatus> statuses = versions.statuses(
                head.profile().id(),
                found.items().stream().map(ProfileVersion::number).toList());
        return pages.page(
                "profiles/versions",
                frame,
                new Versions(
                        head,
                        found.items().stream().map(it -> row(it, statuses)).toList(),
                        Links.older(head.path() + "/versions", found.nextCursor()),
                        cursor == null));
    }

    @GetMapping("/profiles/{profile}/versions/{number}")
    @Requires(Permission.PROFILES_SEE)
    View version(Frame frame, @PathVariable String profile, @PathVariable int number) {
        ProfileHead head = heads.of(frame, profile, "versions");
        ProfileVersion version = versions.get(frame.caller(), head.profile().id(), number);
        Optional<TextDifference> difference = number == 1
                ? Optional.empty()
                : Optional.of(TextDifference.between(
                        yaml.write(versions.get(frame.caller(), head.profile().id(), number - 1)
                                .spec()),
                        yaml.write(version.spec())));
        return pages.page(
                "profiles/version",
                frame,
                new Version(
                        head,
                        row(version, versions.statuses(head.profile().id(), List.of(number))),
                        yaml.write(version.spec()),
                        yaml.json(version.spec()),
                        difference));
    }

    @GetMapping("/profiles/{profile}/versions/{number}.yaml")
    @Requires(Permission.PROFILES_SEE)
    ResponseEntity<byte[]> export(Frame frame, @PathVariable String profile, @PathVariable int number) {
        ProfileVersion version = versions.get(frame.caller(), profile, number);
        return DraftPage.file(version.profileName() + "-v" + number + ".yaml", yaml.write(version.spec()));
    }

    private static Row row(ProfileVersion version, Map<Integer, VersionStatus> statuses) {
        return new Row(version, statuses.getOrDefault(version.number(), VersionStatus.NONE));
    }
}
