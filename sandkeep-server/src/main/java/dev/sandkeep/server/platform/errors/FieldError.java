package dev.sandkeep.server.platform.errors;

/**
 * One mistake in a request.
 *
 * @param field path from the body's root: {@code files[2].mode}; empty for the body itself
 * @param code stable: {@code required}, {@code unknown_field}, {@code wrong_type}, {@code out_of_range}, …
 * @param message for people: what is wrong and what would be right
 */
public record FieldError(String field, String code, String message) {}
