package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.Profile;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.snapshots.ProfileStanding;
import dev.sandkeep.server.snapshots.ProfileStandings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** All sandbox profiles. */
@Controller
public final class ProfileListPage {
    private final Pages pages;
    private final Profiles profiles;
    private final ProfileStandings standings;

    ProfileListPage(Pages pages, Profiles profiles, ProfileStandings standings) {
        this.pages = pages;
        this.profiles = profiles;
        this.standings = standings;
    }

    /** One of them. */
    public record Row(Profile profile, ProfileStanding standing) {}

    /** What the page shows. */
    public record Content(List<Row> rows, String next, boolean first, boolean create) {}

    @GetMapping("/profiles")
    @Requires(Permission.PROFILES_SEE)
    View list(
            Frame frame,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(name = "new", required = false) @Nullable String create) {
        PageRequest request = PageRequest.of(PageRequest.DEFAULT_LIMIT, cursor);
        Page<Profile> found =
                Page.of(profiles.list(frame.caller(), request.after(), request.fetch()), request, Profile::name);
        Map<String, ProfileStanding> known =
                standings
                        .of(
                                frame.caller(),
                                found.items().stream().map(Profile::id).toList())
                        .stream()
                        .collect(Collectors.toMap(ProfileStanding::profileId, Function.identity()));
        List<Row> rows = new ArrayList<>();
        for (Profile profile : found.items()) {
            // One that was deleted between the two queries is not shown.
            Optional.ofNullable(known.get(profile.id())).ifPresent(standing -> rows.add(new Row(profile, standing)));
        }
        return pages.page(
                "profiles/list",
                frame,
                new Content(rows, Links.older("/profiles", found.nextCursor()), cursor == null, create != null));
    }
}
