package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.profiles.Profile;
import dev.sandkeep.server.snapshots.ProfileStanding;
import java.util.List;

/** What every page of a profile shows at its top. */
public record ProfileHead(Profile profile, ProfileStanding standing, List<Tab> tabs) {
    /** The address of the profile's pages. */
    public String path() {
        return "/profiles/" + profile.name();
    }

    /** The same in the API. */
    public String api() {
        return "/api/v1/profiles/" + profile.id();
    }
}
