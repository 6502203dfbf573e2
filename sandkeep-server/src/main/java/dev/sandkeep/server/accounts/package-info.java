/**
 * How people sign in: passwords, links that let them choose one, and the cookies of browsers.
 *
 * <p>A request with the cookie {@code sandkeep_session} is the person's, working as the member that it is of the organization it
 * looks at: {@code BrowserFilter} puts the same {@code Caller} there as an API key would. What such a request changes, it has to
 * prove to come from one of our pages.
 */
@NullMarked
package dev.sandkeep.server.accounts;

import org.jspecify.annotations.NullMarked;
