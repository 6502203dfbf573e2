@NullMarked
package dev.sandkeep.server.platform.jobs;

import org.jspecify.annotations.NullMarked;
