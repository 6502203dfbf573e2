package dev.sandkeep.server.profiles;

/** Asked before a profile is deleted, inside that transaction; implemented by whoever depends on profiles. */
public interface ProfileUse {

    /** How many things still need the profile, such as sessions. */
    int uses(String profileId);

    /** What they are called, in the plural: {@code sessions}. */
    String what();
}
