package dev.sandkeep.server.profiles;

import dev.sandkeep.server.organizations.OrganizationPart;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Profiles of a deleted organization: each goes when its last session is gone, and lets go of its snapshots. */
@Component
class ProfilesOfOrganization implements OrganizationPart {
    private static final int AT_ONCE = 100;

    private final Profiles profiles;

    ProfilesOfOrganization(Profiles profiles) {
        this.profiles = profiles;
    }

    /** A profile does nothing by itself. */
    @Override
    public void halt(String organizationId) {}

    @Override
    public void remove(String organizationId) {
        Caller system = Caller.system(organizationId);
        Optional<String> after = Optional.of("");
        while (after.isPresent()) {
            List<Profile> some = profiles.list(system, after, AT_ONCE);
            some.forEach(profile -> remove(system, profile));
            after = some.size() < AT_ONCE
                    ? Optional.empty()
                    : Optional.of(some.getLast().name());
        }
    }

    private void remove(Caller system, Profile profile) {
        try {
            profiles.delete(system, profile.id());
        } catch (SandkeepException refused) {
            if (refused.code() != ProblemCode.PROFILE_IN_USE && refused.code() != ProblemCode.NOT_FOUND) {
                throw refused;
            }
        }
    }

    @Override
    public boolean gone(String organizationId) {
        return profiles.list(Caller.system(organizationId), Optional.empty(), 1).isEmpty();
    }
}
