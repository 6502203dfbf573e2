package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.errors.ProblemCode;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The credentials of private repositories, from the file that the configuration names. It is read at each build, so that it may
 * change. A line is {@code https://user:password@host/path}, as git's own store has it; before it may stand the id of the only
 * organization that it is for. The line with the longest path counts. Empty lines and those that begin with {@code #} do not.
 */
final class RepositoryCredentials {
    private final Optional<Path> file;

    RepositoryCredentials(Optional<Path> file) {
        this.file = file;
    }

    private record Line(String organization, String site, String path, String user, String password) {
        private boolean covers(String wantedOrganization, String wantedSite, String wantedPath) {
            return (organization.isEmpty() || organization.equals(wantedOrganization))
                    && site.equals(wantedSite)
                    && (wantedPath.equals(path) || wantedPath.startsWith(path.endsWith("/") ? path : path + "/"));
        }
    }

    /**
     * What the server at {@code url} is told for an organization.
     *
     * @throws StepFailed when the file cannot be read; the message quotes nothing of it
     */
    RepositoryCredential find(String organization, String url) {
        if (file.isEmpty()) {
            return RepositoryCredential.NONE;
        }
        URI address = URI.create(url).normalize();
        String path = Optional.ofNullable(address.getPath()).orElse("");
        return read(file.get()).stream()
                .filter(line -> line.covers(organization, site(address), path))
                .max(Comparator.comparingInt(line -> line.path().length()))
                .map(line -> new RepositoryCredential(line.site(), line.user(), line.password()))
                .orElse(RepositoryCredential.NONE);
    }

    private static List<Line> read(Path file) {
        List<Line> lines = new ArrayList<>();
        int number = 0;
        try {
            for (String text : Files.readAllLines(file)) {
                number++;
                if (!text.isBlank() && !text.startsWith("#")) {
                    lines.add(parse(text.strip()));
                }
            }
        } catch (IOException | IllegalArgumentException unreadable) {
            // Not the cause: its message may quote what was read.
            throw StepFailed.forGood(
                    ProblemCode.REPOSITORY_CLONE_FAILED,
                    "The credentials of repositories in " + file + " cannot be read"
                            + (unreadable instanceof IOException ? "." : ": line " + number + " is malformed."));
        }
        return lines;
    }

    private static Line parse(String text) {
        int space = text.indexOf(' ');
        String organization = space < 0 ? "" : text.substring(0, space);
        String url = text.substring(space + 1).strip();
        int scheme = url.indexOf("://");
        int at = url.lastIndexOf('@');
        int colon = url.indexOf(':', scheme + 3);
        if (scheme < 0 || at < 0 || colon < 0 || colon > at) {
            throw new IllegalArgumentException();
        }
        URI address = URI.create(url.substring(0, scheme + 3) + url.substring(at + 1));
        if (address.getHost() == null || !List.of("http", "https").contains(address.getScheme())) {
            throw new IllegalArgumentException();
        }
        Line line = new Line(
                organization,
                site(address),
                Optional.ofNullable(address.getPath()).orElse(""),
                decoded(url.substring(scheme + 3, colon)),
                decoded(url.substring(colon + 1, at)));
        if (new RepositoryCredential(line.site(), line.user(), line.password())
                .password()
                .isEmpty()) {
            throw new IllegalArgumentException();
        }
        return line;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static String site(URI address) {
        return address.getScheme().toLowerCase(Locale.ROOT) + "://"
                + Optional.ofNullable(address.getHost()).orElse("").toLowerCase(Locale.ROOT)
                + (address.getPort() < 0 ? "" : ":" + address.getPort());
    }
}
