/**
 * What was found to differ between rows and what is really there, and what was done about it: {@link
 * dev.sandkeep.server.findings.Findings}.
 */
@NullMarked
package dev.sandkeep.server.findings;

import org.jspecify.annotations.NullMarked;
