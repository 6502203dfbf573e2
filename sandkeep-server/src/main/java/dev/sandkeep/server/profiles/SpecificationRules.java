package dev.sandkeep.server.profiles;

import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.spi.BaseImageSource;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Every rule that a specification must keep. Each mistake is noted with its field; none hides another. */
final class SpecificationRules {
    private static final Pattern SUITE = Pattern.compile("[a-z][a-z0-9.]{0,31}");
    private static final Pattern USER_IN_ADDRESS = Pattern.compile("^https?://[^/?#]*@");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern MODE = Pattern.compile("[0-7]{3,4}");
    private static final Pattern OWNER =
            Pattern.compile("([a-z_][a-z0-9_-]{0,31}|\\d{1,5}):([a-z_][a-z0-9_-]{0,31}|\\d{1,5})");
    /** As Debian's policy has it, section 5.6.1, and a version as in section 5.6.12. */
    private static final Pattern PACKAGE =
            Pattern.compile("[a-z0-9][a-z0-9.+-]{1,99}(:[a-z0-9]{1,20})?(=[A-Za-z0-9.+:~-]{1,100})?");
    /** Without a user and so without a password: plans are shown to everyone in the organization. */
    private static final Pattern REPOSITORY_URL =
            Pattern.compile("https?://[A-Za-z0-9.-]+(:\\d{1,5})?/[A-Za-z0-9._~/%+-]+");

    private static final Pattern REF = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._/+-]{0,254}");
    private static final int LARGEST_ID = 65_535;
    /** Shown by the kernel or by Sandkeep itself, and gone with the compute. */
    private static final List<String> NOT_STORED = List.of("/proc", "/sys", "/dev", "/run");

    private static final int MOST_VARIABLES = 200;
    private static final int LONGEST_VALUE = 32 * 1024;
    private static final int MOST_FILES = 500;
    private static final int LARGEST_FILE = 1 << 20;
    private static final int LARGEST_SCRIPT = 1 << 20;
    private static final int MOST_PACKAGES = 500;
    private static final int MOST_REPOSITORIES = 50;
    private static final int MOST_COMMITS = 1_000_000;
    private static final int MOST_ALLOWED_SECRETS = 100;
    private static final int LONGEST_REASON = 500;
    private static final int MOST_CHECKS = 100;
    private static final int LONGEST_CHECK = 4096;
    private static final int MOST_PERSISTED_PATHS = 16;
    private static final int LONGEST_PATH = 1024;
    private static final int MOST_PATTERNS = 200;
    private static final int A_YEAR = 365 * 24 * 3600;
    /** As the kernel keeps it: 15 bytes. */
    private static final Pattern PROCESS_NAME = Pattern.compile("[A-Za-z0-9._+-]{1,15}");

    private final SpecificationInput input;
    private final String path;
    private final ValidationErrors errors;

    SpecificationRules(SpecificationInput input, String path, ValidationErrors errors) {
        this.input = input;
        this.path = path;
        this.errors = errors;
    }

    void check() {
        baseImage();
        environment();
        files();
        packages();
        repositories();
        setup();
        checks();
        allowedSecrets();
        persistedPaths();
        limits();
        lifecycle();
        agent();
    }

    private void baseImage() {
        SpecificationInput.BaseImage image = input.baseImage();
        if (image == null || alternatives(image) == 0) {
            if (!errors.has(path + "baseImage")) {
                note("baseImage", "required", "baseImage must name one base image, for example {debian: bookworm}");
            }
            return;
        }
        expect(alternatives(image) == 1, "baseImage", "ambiguous", "must name one of debian, oci and tar");
        expect(
                image.debian() == null || SUITE.matcher(image.debian()).matches(),
                "baseImage.debian",
                "malformed",
                "must be a Debian release such as bookworm");
        expect(
                image.oci() == null || BaseImageSource.Registry.isReference(image.oci()),
                "baseImage.oci",
                "malformed",
                "must be an image such as docker.io/library/debian:12, its digest behind @ if one is wanted");
        archive(image.tar(), image.sha256());
    }

    private static long alternatives(SpecificationInput.BaseImage image) {
        return Stream.of(
                        Optional.ofNullable(image.debian()),
                        Optional.ofNullable(image.oci()),
                        Optional.ofNullable(image.tar()))
                .flatMap(Optional::stream)
                .count();
    }

    private void archive(@Nullable String location, @Nullable String sha256) {
        if (location == null) {
            expect(sha256 == null, "baseImage.sha256", "not_allowed", "belongs to baseImage.tar");
            return;
        }
        expect(
                BaseImageSource.Tar.isLocation(location)
                        && !USER_IN_ADDRESS.matcher(location).find(),
                "baseImage.tar",
                "malformed",
                "must be an http or https address without user and password, or an absolute path");
        expect(
                sha256 != null && BaseImageSource.Tar.isSha256(sha256),
                "baseImage.sha256",
                sha256 == null ? "required" : "malformed",
                "must be the archive's SHA-256 in 64 lower-case hexadecimal digits");
    }

    private void environment() {
        if (input.environment() == null) {
            return;
        }
        expect(
                input.environment().size() <= MOST_VARIABLES,
                "environment",
                "too_many",
                "holds more than " + MOST_VARIABLES + " variables");
        input.environment().forEach((name, value) -> {
            String field = "environment." + name;
            expect(
                    VARIABLE.matcher(name).matches(),
                    field,
                    "malformed",
                    "is not a variable's name: letters, digits and _ only, not starting with a digit");
            expect(value.indexOf('\0') < 0, field, "malformed", "must not hold a NUL character");
            expect(
                    value.length() <= LONGEST_VALUE,
                    field,
                    "too_long",
                    "is longer than " + LONGEST_VALUE + " characters");
        });
    }

    private void files() {
        List<SpecificationInput.File> files = input.files();
        if (files == null) {
            return;
        }
        expect(files.size() <= MOST_FILES, "files", "too_many", "holds more than " + MOST_FILES + " files");
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < files.size(); i++) {
            file("files[" + i + "]", files.get(i), seen);
        }
    }

    private void file(String field, SpecificationInput.File file, Set<String> seen) {
        String place = file.path();
        if (place != null && absolute(field + ".path", place)) {
            stored(field + ".path", place);
            expect(seen.add(place), field + ".path", "duplicate", "another file has the same path " + place);
            for (String other : seen) {
                expect(
                        !isInside(other, place) && !isInside(place, other),
                        field + ".path",
                        "overlapping",
                        place + " and " + other + " cannot both be files");
            }
        }
        if (file.mode() != null) {
            expect(
                    MODE.matcher(file.mode()).matches(),
                    field + ".mode",
                    "malformed",
                    "must be an octal mode such as \"0644\"");
        }
        if (file.owner() != null) {
            expect(
                    OWNER.matcher(file.owner()).matches() && idsInRange(file.owner()),
                    field + ".owner",
                    "malformed",
                    "must be user:group, by name or by a number up to " + LARGEST_ID);
        }
        if (file.content() != null) {
            expect(
                    file.content().getBytes(StandardCharsets.UTF_8).length <= LARGEST_FILE,
                    field + ".content",
                    "too_long",
                    "is larger than 1 MiB");
        }
    }

    private void packages() {
        List<String> packages = input.packages();
        if (packages == null) {
            return;
        }
        expect(packages.size() <= MOST_PACKAGES, "packages", "too_many", "holds more than " + MOST_PACKAGES + " names");
        each(
                "packages",
                packages,
                (field, name) -> expect(
                        PACKAGE.matcher(name).matches(),
                        field,
                        "malformed",
                        "must be a Debian package, was '" + name + "'"));
    }

    private void repositories() {
        List<SpecificationInput.Repository> repositories = input.repositories();
        if (repositories == null) {
            return;
        }
        expect(
                repositories.size() <= MOST_REPOSITORIES,
                "repositories",
                "too_many",
                "holds more than " + MOST_REPOSITORIES + " repositories");
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < repositories.size(); i++) {
            repository("repositories[" + i + "]", repositories.get(i), seen);
        }
    }

    private void repository(String field, SpecificationInput.Repository repository, Set<String> seen) {
        if (repository.url() != null) {
            expect(
                    REPOSITORY_URL.matcher(repository.url()).matches(),
                    field + ".url",
                    "malformed",
                    "must be an http or https address without user and password");
        }
        String place = repository.path();
        if (place != null && absolute(field + ".path", place)) {
            stored(field + ".path", place);
            expect(seen.add(place), field + ".path", "duplicate", "another repository has the same path " + place);
        }
        if (repository.ref() != null) {
            expect(
                    REF.matcher(repository.ref()).matches() && !repository.ref().contains(".."),
                    field + ".ref",
                    "malformed",
                    "must be a branch, a tag or a commit");
        }
        range(field + ".depth", repository.depth(), 0, MOST_COMMITS);
    }

    private void setup() {
        Integer timeout = input.setupTimeoutSeconds();
        expect(
                timeout == null || (timeout >= 1 && timeout <= 86_400),
                "setupTimeoutSeconds",
                "out_of_range",
                "must be 1 to 86400");
        script("setupScript", input.setupScript());
        script("maintenanceScript", input.maintenanceScript());
        if (input.workingDirectory() != null) {
            absolute("workingDirectory", input.workingDirectory());
        }
    }

    private void script(String field, @Nullable String script) {
        if (script != null) {
            expect(
                    script.getBytes(StandardCharsets.UTF_8).length <= LARGEST_SCRIPT,
                    field,
                    "too_long",
                    "is larger than 1 MiB");
            expect(script.indexOf('\0') < 0, field, "malformed", "must not hold a NUL character");
        }
    }

    private void checks() {
        List<String> checks = input.checks();
        if (checks == null) {
            return;
        }
        expect(checks.size() <= MOST_CHECKS, "checks", "too_many", "holds more than " + MOST_CHECKS + " commands");
        each("checks", checks, (field, command) -> {
            expect(!command.isBlank(), field, "required", "must not be empty");
            expect(
                    command.length() <= LONGEST_CHECK && command.indexOf('\0') < 0,
                    field,
                    "too_long",
                    "is longer than " + LONGEST_CHECK + " characters or holds a NUL character");
        });
    }

    private void allowedSecrets() {
        List<SpecificationInput.AllowedSecret> allowed = input.allowedSecrets();
        if (allowed == null) {
            return;
        }
        expect(
                allowed.size() <= MOST_ALLOWED_SECRETS,
                "allowedSecrets",
                "too_many",
                "holds more than " + MOST_ALLOWED_SECRETS + " paths");
        for (int i = 0; i < allowed.size(); i++) {
            String field = "allowedSecrets[" + i + "]";
            if (allowed.get(i).path() != null) {
                absolute(field + ".path", allowed.get(i).path());
            }
            String reason = allowed.get(i).reason();
            if (reason != null) {
                expect(!reason.isBlank(), field + ".reason", "required", "must say why");
                expect(
                        reason.length() <= LONGEST_REASON,
                        field + ".reason",
                        "too_long",
                        "is longer than " + LONGEST_REASON + " characters");
            }
        }
    }

    private void persistedPaths() {
        List<SpecificationInput.PersistedPath> given = input.persistedPaths();
        if (given == null) {
            return;
        }
        expect(
                given.size() <= MOST_PERSISTED_PATHS,
                "persistedPaths",
                "too_many",
                "holds more than " + MOST_PERSISTED_PATHS + " paths");
        boolean persistent = input.usePersistentSandboxes() != null && input.usePersistentSandboxes();
        if (persistent && !errors.has(path + "persistedPaths")) {
            expect(
                    !given.isEmpty(),
                    "persistedPaths",
                    "required",
                    "must hold at least one path when usePersistentSandboxes is on");
        }
        List<String> paths = given.stream()
                .map(it -> Objects.requireNonNullElse(it.path(), ""))
                .toList();
        for (int i = 0; i < given.size(); i++) {
            persistedPath("persistedPaths[" + i + "]", given.get(i), paths);
        }
    }

    private void persistedPath(String field, SpecificationInput.PersistedPath given, List<String> paths) {
        String persisted = given.path();
        boolean plain = given.exclude() == null && given.maxMiB() == null;
        String pathField = plain ? field : field + ".path";
        if (persisted != null && absolute(pathField, persisted)) {
            stored(pathField, persisted);
            paths.stream()
                    .filter(other -> isInside(persisted, other))
                    .forEach(other -> note(pathField, "overlapping", persisted + " lies inside " + other));
            expect(
                    paths.indexOf(persisted) == paths.lastIndexOf(persisted),
                    pathField,
                    "duplicate",
                    persisted + " is there twice");
        }
        range(field + ".maxMiB", given.maxMiB(), 1, 64 << 20);
        List<String> exclude = given.exclude() == null ? List.of() : given.exclude();
        expect(
                exclude.size() <= MOST_PATTERNS,
                field + ".exclude",
                "too_many",
                "holds more than " + MOST_PATTERNS + " patterns");
        each(
                field + ".exclude",
                exclude,
                (at, pattern) -> expect(
                        !pattern.isBlank()
                                && pattern.length() <= LONGEST_PATH
                                && pattern.chars().noneMatch(c -> c < 0x20 || c == 0x7f)
                                && !pattern.endsWith("\\"),
                        at,
                        "malformed",
                        "must be a pattern as in a .gitignore file, one line of at most " + LONGEST_PATH
                                + " characters"));
    }

    private void lifecycle() {
        SpecificationInput.Lifecycle lifecycle = input.lifecycle();
        if (lifecycle == null) {
            return;
        }
        range("lifecycle.maxLifetimeSeconds", lifecycle.maxLifetimeSeconds(), 60, A_YEAR);
        range("lifecycle.idleTimeoutSeconds", lifecycle.idleTimeoutSeconds(), 0, A_YEAR);
        range("lifecycle.checkpointIntervalSeconds", lifecycle.checkpointIntervalSeconds(), 0, A_YEAR);
        String onExpiry = lifecycle.onExpiry();
        expect(
                onExpiry == null || onExpiry.equals("replace") || onExpiry.equals("stop"),
                "lifecycle.onExpiry",
                "unknown_value",
                "must be replace or stop");
    }

    private void agent() {
        SpecificationInput.Agent agent = input.agent();
        if (agent != null && agent.processName() != null) {
            expect(
                    PROCESS_NAME.matcher(agent.processName()).matches(),
                    "agent.processName",
                    "malformed",
                    "must be the name of a process, 1 to 15 letters, digits and . _ + -");
        }
    }

    private void limits() {
        SpecificationInput.Limits limits = input.limits();
        if (limits == null) {
            return;
        }
        range("limits.memoryMiB", limits.memoryMiB(), 16, 4 << 20);
        range("limits.pids", limits.pids(), 8, 4 << 20);
        range("limits.diskMiB", limits.diskMiB(), 16, 64 << 20);
        Double cpus = limits.cpus();
        expect(
                cpus == null || (cpus >= 0.01 && cpus <= 1024 && Math.rint(cpus * 100) == cpus * 100),
                "limits.cpus",
                "out_of_range",
                "must be 0.01 to 1024, in steps of 0.01");
    }

    private void range(String field, @Nullable Integer value, int least, int most) {
        expect(
                value == null || (value >= least && value <= most),
                field,
                "out_of_range",
                "must be " + least + " to " + most);
    }

    /** Whether a path is absolute, normalised and not the root; notes what is not. */
    private boolean absolute(String field, String given) {
        return expect(given.startsWith("/"), field, "not_absolute", "must be an absolute path, was '" + given + "'")
                && expect(!given.equals("/"), field, "root_not_allowed", "must not be /")
                && expect(
                        given.length() <= LONGEST_PATH
                                && given.chars().noneMatch(c -> c < 0x20 || c == 0x7f || ":,\\\"".indexOf(c) >= 0),
                        field,
                        "malformed",
                        "must have at most " + LONGEST_PATH + " characters and none of : , \\ \" or control characters")
                && expect(
                        List.of(given.substring(1).split("/", -1)).stream()
                                .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals("..")),
                        field,
                        "not_normalized",
                        "must hold no '..', '.', '//' or trailing '/', was '" + given + "'");
    }

    private void stored(String field, String given) {
        for (String root : NOT_STORED) {
            expect(
                    !given.equals(root) && !isInside(given, root),
                    field,
                    "not_allowed",
                    "must not be " + root + " or lie under it, was '" + given + "'");
        }
    }

    private static boolean isInside(String inner, String outer) {
        return inner.startsWith(outer + "/");
    }

    private static boolean idsInRange(String owner) {
        return List.of(owner.split(":", -1)).stream()
                .allMatch(id -> !Character.isDigit(id.charAt(0)) || Integer.parseInt(id) <= LARGEST_ID);
    }

    private void each(String field, List<String> values, BiConsumer<String, String> rule) {
        for (int i = 0; i < values.size(); i++) {
            rule.accept(field + "[" + i + "]", values.get(i));
        }
    }

    private boolean expect(boolean fine, String field, String code, String message) {
        if (!fine) {
            note(field, code, field + " " + message);
        }
        return fine;
    }

    private void note(String field, String code, String message) {
        errors.add(path + field, code, message);
    }
}
