package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.profiles.Draft;
import dev.sandkeep.server.profiles.Profile;
import dev.sandkeep.server.profiles.ProfileVersions;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.profiles.Specification;
import dev.sandkeep.server.profiles.SpecificationInput;
import dev.sandkeep.server.snapshots.ProfileStanding;
import dev.sandkeep.server.snapshots.ProfileStandings;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.springframework.stereotype.Component;

/** Finds a profile and how it stands. */
@Component
class ProfileHeads {
    private final Profiles profiles;
    private final ProfileStandings standings;
    private final ProfileVersions versions;

    ProfileHeads(Profiles profiles, ProfileStandings standings, ProfileVersions versions) {
        this.profiles = profiles;
        this.standings = standings;
        this.versions = versions;
    }

    /** What its newest version says; empty when none was published. */
    Optional<Specification> newest(Frame frame, ProfileHead head) {
        OptionalInt latest = head.profile().latestVersion();
        return latest.isEmpty()
                ? Optional.empty()
                : Optional.of(versions.get(frame.caller(), head.profile().id(), latest.getAsInt())
                        .spec());
    }

    /** What an editor of it begins with: the draft, or the newest version, or the default. */
    Specification present(Frame frame, ProfileHead head) {
        return head.profile()
                .draft()
                .map(Draft::spec)
                .orElseGet(() -> newest(frame, head)
                        .orElseGet(() -> SpecificationInput.minimal().toSpecification()));
    }

    /**
     * The head of a page.
     *
     * @param reference id or name of the profile
     * @param here last part of the page's address
     * @throws SandkeepException {@code not_found}
     */
    ProfileHead of(Frame frame, String reference, String here) {
        Profile profile = profiles.find(frame.caller(), reference);
        ProfileStanding standing = standings.of(frame.caller(), List.of(profile.id())).stream()
                .findFirst()
                .orElseThrow(() -> SandkeepException.notFound("profile", reference));
        return new ProfileHead(
                profile,
                standing,
                List.of(
                        tab(profile, "Draft", "draft", here),
                        tab(profile, "Published versions", "versions", here),
                        tab(profile, "Snapshots", "snapshots", here),
                        tab(profile, "Sessions", "sessions", here),
                        tab(profile, "Settings", "settings", here)));
    }

    private static Tab tab(Profile profile, String text, String page, String here) {
        return new Tab(text, "/profiles/" + profile.name() + "/" + page, page.equals(here));
    }
}
