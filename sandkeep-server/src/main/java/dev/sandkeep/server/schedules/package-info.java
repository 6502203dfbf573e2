/**
 * Automatic refresh: cron expressions in a time zone, their ticks, and the jobs that those queue.
 *
 * <p>{@link dev.sandkeep.server.schedules.RefreshSchedules} is what others call. {@code RefreshTicks} looks at the clock, and
 * {@code HoldAfterFailures} hears how jobs end.
 */
@NullMarked
package dev.sandkeep.server.schedules;

import org.jspecify.annotations.NullMarked;
