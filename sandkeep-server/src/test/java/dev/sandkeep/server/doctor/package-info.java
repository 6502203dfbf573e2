@NullMarked
package dev.sandkeep.server.doctor;

import org.jspecify.annotations.NullMarked;
