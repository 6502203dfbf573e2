package dev.sandkeep.server.dashboard;

/** One of the pages of a thing. */
public record Tab(String text, String href, boolean here) {}
