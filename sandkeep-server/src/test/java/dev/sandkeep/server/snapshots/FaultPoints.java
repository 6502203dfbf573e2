package dev.sandkeep.server.snapshots;

import java.util.concurrent.atomic.AtomicReference;
import org.springframework.boot.test.context.TestConfiguration;

/** The fault points between the phases of a build, each named as the phase that it stands before. Nothing is planned at first. */
@TestConfiguration(proxyBeanMethods = false)
public class FaultPoints implements PhaseBoundaries {
    private final AtomicReference<Plan> plan = new AtomicReference<>(Plan.NONE);

    /** What happens at a fault point. */
    enum Fault {
        /** Something that nobody expected is thrown, every time. */
        FAIL,
        /** Nothing happens any more, until the build is interrupted. */
        HANG,
        /** The server dies, once. */
        KILL
    }

    private record Plan(String job, String point, Fault fault) {
        private static final Plan NONE = new Plan("", "", Fault.FAIL);
    }

    /** What ends the thread when the server dies. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed(String point) {
            super("planned death at " + point, null, false, false);
        }
    }

    private volatile boolean reached;

    /** Plans a fault for the next job of this profile's that comes by. */
    void plan(String profileId, Phase before, Fault fault) {
        reached = false;
        plan.set(new Plan(profileId, before.text(), fault));
    }

    /** Nothing is planned any more. */
    void clear() {
        plan.set(Plan.NONE);
    }

    /** Whether somebody came to the planned point. */
    boolean reached() {
        return reached;
    }

    @Override
    public void reached(Attempt attempt, Phase next) throws InterruptedException {
        Plan planned = plan.get();
        if (!planned.job().equals(attempt.profileId()) || !planned.point().equals(next.text())) {
            return;
        }
        reached = true;
        switch (planned.fault()) {
            case FAIL -> throw new IllegalStateException("planned failure before " + next.text());
            case HANG -> Thread.sleep(Long.MAX_VALUE);
            case KILL -> {
                clear();
                throw new Killed(next.text());
            }
        }
    }
}
