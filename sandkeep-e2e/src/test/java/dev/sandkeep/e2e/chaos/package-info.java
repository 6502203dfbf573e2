/**
 * What a server under test has on its class path and the product has not: a provider and a volume backend that hand every call to
 * the real ones, and let those go wrong that a test plans, and a clock that jumps. Nothing here may use anything of the server but
 * the providers' interface.
 */
@NullMarked
package dev.sandkeep.e2e.chaos;

import org.jspecify.annotations.NullMarked;
