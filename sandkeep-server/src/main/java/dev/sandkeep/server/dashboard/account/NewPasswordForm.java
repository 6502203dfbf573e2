package dev.sandkeep.server.dashboard.account;

/**
 * What a page shows where somebody becomes able to sign in.
 *
 * @param introduction what it is about
 * @param button what pressing it does
 * @param problem why the last try failed; empty when there was none
 * @param csrfToken of who is signed in; empty for a stranger
 * @param signIn where people sign in who can already; empty where that is no choice
 */
public record NewPasswordForm(
        String title,
        String introduction,
        String button,
        String problem,
        boolean asksName,
        String name,
        boolean asksEmail,
        String email,
        boolean asksPassword,
        String csrfToken,
        String signIn) {}
