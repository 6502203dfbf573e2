package dev.sandkeep.server.snapshots;

/**
 * Is told whenever a build goes over from one phase to the next, before the next begins. Does nothing, except in tests that let a
 * build fail, hang or lose its server there: the name of a phase is the name of the fault point before it.
 */
@FunctionalInterface
interface PhaseBoundaries {
    /** Nothing happens. */
    PhaseBoundaries QUIET = (attempt, next) -> {};

    /**
     * A build is about to enter {@code next}.
     *
     * @throws InterruptedException when the attempt must not go on
     */
    void reached(Attempt attempt, Phase next) throws InterruptedException;
}
