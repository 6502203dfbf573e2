package dev.sandkeep.server.accounts;

import java.util.Locale;

/** How a session of a browser began. */
enum Method {
    PASSWORD,
    LINK,
    INVITATION,
    OPENID;

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
