package dev.sandkeep.server.sessions;

import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.profiles.RuntimePlan;
import java.util.LinkedHashMap;
import java.util.Map;

/** Runtime plans by version, kept in memory: they never change. */
final class SandboxPlans {
    private static final int MOST = 256;

    private final Profiles profiles;
    private final Map<String, RuntimePlan> recent = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, RuntimePlan> eldest) {
            return size() > MOST;
        }
    };

    SandboxPlans(Profiles profiles) {
        this.profiles = profiles;
    }

    /** The plan that a sandbox is pinned to. */
    RuntimePlan of(Sandbox sandbox) {
        return of(sandbox.profileId(), sandbox.version());
    }

    /** The plan of a version. */
    RuntimePlan of(String profileId, int version) {
        String key = profileId + "@" + version;
        synchronized (recent) {
            RuntimePlan known = recent.get(key);
            if (known != null) {
                return known;
            }
        }
        RuntimePlan read = profiles.plan(profileId, version);
        synchronized (recent) {
            recent.put(key, read);
        }
        return read;
    }
}
