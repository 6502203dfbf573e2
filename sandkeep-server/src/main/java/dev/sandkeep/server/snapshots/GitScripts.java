package dev.sandkeep.server.snapshots;

/** What scripts of a build say before they call git. */
final class GitScripts {
    /**
     * Defines {@code remote_git}, which is git for everything that speaks to the repository's server. Reads from standard input
     * what {@link RepositoryCredential#forScript} wrote. The credential is neither an argument nor in the environment nor in a
     * file: git's helper reads it from a pipe that is filled anew for every call, and git asks the helper for this site alone,
     * wherever the server sends it.
     */
    static final String PRELUDE = """
            set -eu
            export GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=
            IFS= read -r site || site=
            credential=$(cat)
            remote_git() {
                if [ -z "$site" ]; then
                    git -c credential.helper= "$@" </dev/null
                else
                    printf '%s\\n' "$credential" | {
                        git -c credential.helper= \\
                            -c "credential.$site.helper=!f() { test \\"\\$1\\" = get || exit 0; cat <&3; }; f" \\
                            "$@" 3<&0 </dev/null
                    }
                fi
            }
            """;

    private GitScripts() {}
}
