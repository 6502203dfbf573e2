@org.jspecify.annotations.NullMarked
package dev.sandkeep.server.accounts;
