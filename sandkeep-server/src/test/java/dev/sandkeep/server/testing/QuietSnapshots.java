package dev.sandkeep.server.testing;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.Profile;
import dev.sandkeep.server.profiles.ProfileVersion;
import dev.sandkeep.server.profiles.VersionSnapshots;
import dev.sandkeep.server.profiles.VersionStatus;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Component;

/** Stands in for snapshots: remembers that it was asked, builds nothing. */
@Component
public class QuietSnapshots implements VersionSnapshots {
    private final AtomicInteger published = new AtomicInteger();

    @Override
    public String published(Caller caller, ProfileVersion version) {
        return "job_" + published.incrementAndGet();
    }

    @Override
    public Map<Integer, VersionStatus> statuses(String profileId, Collection<Integer> versions) {
        return Map.of();
    }

    @Override
    public Map<String, Integer> usableVersions(Collection<String> profileIds) {
        return Map.of();
    }

    @Override
    public void profileDeleted(Caller caller, Profile profile) {}
}
