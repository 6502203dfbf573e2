@NullMarked
package dev.sandkeep.server.platform.web;

import org.jspecify.annotations.NullMarked;
