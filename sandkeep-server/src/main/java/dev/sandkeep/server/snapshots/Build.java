package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.profiles.RuntimePlan;

/**
 * What the steps of one attempt share: nothing that one of them changes.
 *
 * @param plan what is to be built
 * @param log where to say what happens
 * @param shell runs commands in the attempt's compute
 * @param phases times what it is at
 */
record Build(Attempt attempt, RuntimePlan plan, JobLog log, BuildShell shell, PhaseTimes phases) {}
