package dev.sandkeep.server.accounts;

import dev.sandkeep.server.organizations.Person;
import dev.sandkeep.server.platform.security.Caller;
import java.util.Optional;

/**
 * That a person has signed in with a browser.
 *
 * @param csrfToken what forms and scripts of our pages send along, as {@code _csrf} or {@code X-CSRF-Token}
 * @param caller as whom it works; empty for a person who is a member of no organization
 */
public record WebSession(String id, Person person, String csrfToken, Optional<Caller> caller) {
    /** The person's id. */
    public String personId() {
        return person.id();
    }

    /** The organization that is looked at. */
    public Optional<String> organizationId() {
        return caller.map(Caller::organizationId);
    }

    /** Names the session and shows no secret. */
    @Override
    public String toString() {
        return "WebSession[" + id + "]";
    }
}
