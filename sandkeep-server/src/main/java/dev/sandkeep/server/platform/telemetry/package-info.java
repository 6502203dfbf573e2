/**
 * What an operator's monitoring is told: metrics, which {@code /metrics} shows, and traces; both can be sent elsewhere by OTLP.
 *
 * <p>{@link dev.sandkeep.server.platform.telemetry.Metric} lists every metric. No label holds an id or anything that users choose, so
 * that the number of series has a bound; what is about one thing stands in its events and in traces.
 */
@NullMarked
package dev.sandkeep.server.platform.telemetry;

import org.jspecify.annotations.NullMarked;
