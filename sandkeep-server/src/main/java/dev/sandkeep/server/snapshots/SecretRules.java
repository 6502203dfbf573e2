package dev.sandkeep.server.snapshots;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the secret scan knows: files that exist to hold credentials, and shapes of tokens that nothing else has. Whatever also
 * occurs in documentation, examples or program code is left out: a rule that cries wolf is switched off.
 */
final class SecretRules {
    /** Is a hit by being there and not empty: people type secrets into shells. */
    private static final Pattern HISTORY =
            Pattern.compile("/\\.(?:bash|zsh|ash|sh|python|node_repl|mysql|psql|sqlite|rediscli)_history$");

    private static final String WORD = "[A-Za-z0-9_-]";

    /** Each looked for where its literal stands. */
    static final List<SecretRule> CONTENT = List.of(
            // With its body: the first line alone stands in many programs.
            SecretRule.anywhere(
                    "private_key",
                    "-----BEGIN ",
                    "-----BEGIN (?:[A-Z]{2,12} )?PRIVATE KEY(?: BLOCK)?-----\\s+(?:[A-Za-z-]+: [^\\n]*\\n)*\\s*[A-Za-z0-9+/=]{40,}"),
            SecretRule.anywhere("aws_access_key", "AKIA", "AKIA(?!.{9}EXAMPLE)[A-Z2-7]{16}(?![A-Za-z0-9])"),
            SecretRule.anywhere("aws_access_key", "ASIA", "ASIA(?!.{9}EXAMPLE)[A-Z2-7]{16}(?![A-Za-z0-9])"),
            SecretRule.in(
                    "\\.aws/credentials",
                    "aws_credentials",
                    "aws_secret_access_key",
                    "aws_secret_access_key\\s*=\\s*[A-Za-z0-9/+]{40}"),
            SecretRule.anywhere("azure_storage_key", "AccountKey=", "AccountKey=[A-Za-z0-9+/]{86}=="),
            SecretRule.anywhere("github_token", "ghp_", "ghp_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
            SecretRule.anywhere("github_token", "gho_", "gho_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
            SecretRule.anywhere("github_token", "ghu_", "ghu_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
            SecretRule.anywhere("github_token", "ghs_", "ghs_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
            SecretRule.anywhere("github_token", "github_pat_", "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
            SecretRule.anywhere("gitlab_token", "glpat-", "glpat-" + WORD + "{20,}"),
            SecretRule.anywhere("slack_token", "xox", "xox[bpars]-[0-9]{8,}-[0-9A-Za-z-]{20,}"),
            SecretRule.anywhere("npm_token", "npm_", "npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
            SecretRule.anywhere("pypi_token", "pypi-AgEIcHlwaS5vcmc", "pypi-AgEIcHlwaS5vcmc" + WORD + "{50,}"),
            SecretRule.anywhere("anthropic_key", "sk-ant-", "sk-ant-[a-z0-9]{3,}-" + WORD + "{60,}"),
            SecretRule.anywhere("openai_key", "sk-proj-", "sk-proj-" + WORD + "{60,}"),
            SecretRule.anywhere("stripe_key", "sk_live_", "sk_live_[A-Za-z0-9]{24,}"),
            SecretRule.anywhere("sandkeep_key", "skp_", "skp_" + WORD + "{43}(?!" + WORD + ")"),
            SecretRule.in("[._]netrc", "netrc", "password", "password\\s+\\S+"),
            SecretRule.in("\\.git-credentials", "git_credentials", "://", "://[^\\s/:@]*:[^\\s/@]+@"),
            SecretRule.in("\\.git/config", "git_remote_credentials", "://", "://[^\\s/@]*:[^\\s/@]+@"),
            SecretRule.in(
                    "\\.docker/config\\.json", "docker_auth", "\"auth\"", "\"auth\"\\s*:\\s*\"[A-Za-z0-9+/=]{8,}\""),
            SecretRule.in(
                    "containers/auth\\.json", "docker_auth", "\"auth\"", "\"auth\"\\s*:\\s*\"[A-Za-z0-9+/=]{8,}\""),
            SecretRule.in("\\.npmrc", "npm_token", "_authToken", "_authToken\\s*=\\s*[^\\s$][^\\s]{15,}"),
            SecretRule.in("\\.pypirc", "pypi_password", "password", "password\\s*[:=]\\s*[^\\s$]{8,}"),
            SecretRule.in("\\.kube/config", "kubernetes_token", "token:", "token:\\s*[A-Za-z0-9._-]{20,}"),
            SecretRule.in(
                    "\\.kube/config", "kubernetes_key", "client-key-data:", "client-key-data:\\s*[A-Za-z0-9+/=]{100,}"),
            SecretRule.in(
                    "application_default_credentials\\.json",
                    "gcloud_credentials",
                    "\"refresh_token\"",
                    "\"refresh_token\"\\s*:\\s*\"[^\"]{20,}\""));

    private SecretRules() {}

    /** The rule that a file that is not empty breaks by its path alone. */
    static Optional<String> byPath(String path) {
        return HISTORY.matcher(path).find() ? Optional.of("shell_history") : Optional.empty();
    }
}
