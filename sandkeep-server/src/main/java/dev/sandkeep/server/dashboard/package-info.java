/**
 * The pages for people: each is made on the server from a compiled template, and changes things through the public API only,
 * so that what a page may do is what the permission table says.
 */
@NullMarked
package dev.sandkeep.server.dashboard;

import org.jspecify.annotations.NullMarked;
