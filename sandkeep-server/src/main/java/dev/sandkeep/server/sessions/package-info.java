/**
 * Sessions and their sandboxes.
 *
 * <p>{@link dev.sandkeep.server.sessions.Sessions} is what others call. It records an intent and hands the row to
 * {@code SandboxWork}, whose {@code SandboxDriver} brings it to rest with one repeatable piece of code for each state:
 * {@code StartSandbox}, {@code StopSandbox}, {@code DeleteSandbox}. The same code runs when another server takes the row over.
 * {@code SandboxTransitions} holds every change of state, each one transaction; {@code SandboxSweep} finds what is stuck, lost
 * or left behind.
 *
 * <p>States, failures and races: {@code docs/states.md}.
 */
@NullMarked
package dev.sandkeep.server.sessions;

import org.jspecify.annotations.NullMarked;
