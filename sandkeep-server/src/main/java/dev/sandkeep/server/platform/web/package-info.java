/** What all web endpoints share: problem documents, pages of lists, event streams. */
@NullMarked
package dev.sandkeep.server.platform.web;

import org.jspecify.annotations.NullMarked;
