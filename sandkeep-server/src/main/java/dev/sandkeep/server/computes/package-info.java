/**
 * The ledger of computes: every generation of every sandbox and snapshot job, written before its provider is called, and the
 * one place where computes are destroyed.
 *
 * <p>States and what moves them: {@code docs/states.md}.
 */
@NullMarked
package dev.sandkeep.server.computes;

import org.jspecify.annotations.NullMarked;
