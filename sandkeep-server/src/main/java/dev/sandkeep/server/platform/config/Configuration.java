package dev.sandkeep.server.platform.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * Reads the settings from, later ones winning: the file {@code SANDKEEP_CONFIG} (default {@code /etc/sandkeep/application.yaml}
 * when that exists), the environment, system properties, options. Whatever starts like a setting of ours and is none stops
 * the start: a misspelt key must not be a silently ignored one.
 */
public final class Configuration {
    /** Where settings stand when {@code SANDKEEP_CONFIG} does not say otherwise. */
    public static final Path DEFAULT_FILE = Path.of("/etc/sandkeep/application.yaml");

    private static final String PREFIX = "sandkeep.";
    private static final String ENVIRONMENT_PREFIX = "SANDKEEP_";
    private static final String CONFIG = "SANDKEEP_CONFIG";

    /** Variables that belong to the launcher, the command line or the tests, and mean nothing to the server. */
    private static final Set<String> NOT_OURS = Set.of(
            "SANDKEEP_API_KEY",
            "SANDKEEP_CACHE",
            "SANDKEEP_DEBIAN_VM",
            "SANDKEEP_DEBIAN_VM_TIME_LIMIT",
            "SANDKEEP_DIST",
            "SANDKEEP_HOME",
            "SANDKEEP_JDK_API",
            "SANDKEEP_JVM_DIRS",
            "SANDKEEP_LAUNCHER",
            "SANDKEEP_REQUIRE_LINUX",
            "SANDKEEP_SERVER_JAVA_OPTS",
            "SANDKEEP_URL");

    private final Map<ConfigurationKey, String> values = new EnumMap<>(ConfigurationKey.class);
    private final Map<String, Map<String, String>> providerSettings = new TreeMap<>();
    private final Map<String, Origin> provisional = new LinkedHashMap<>();
    private Optional<Path> readFrom = Optional.empty();
    private final List<String> mistakes = new ArrayList<>();

    private record Origin(String value, String source) {}

    private Configuration() {}

    /**
     * Reads everything and checks it.
     *
     * @throws StartFailure naming every unknown, malformed or out-of-range key
     */
    public static SandkeepProperties load(
            List<String> options, Map<String, String> environment, Properties systemProperties) {
        Configuration configuration = new Configuration();
        configuration.readFile(environment);
        configuration.readEnvironment(environment);
        configuration.readSystemProperties(systemProperties);
        configuration.readOptions(options);
        return configuration.resolve();
    }

    private void readFile(Map<String, String> environment) {
        String named = environment.getOrDefault(CONFIG, "");
        Path file = named.isEmpty() ? DEFAULT_FILE : Path.of(named);
        if (named.isEmpty() && !Files.exists(file)) {
            return;
        }
        try {
            Object tree = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
            flatten("", tree, file.toString());
            readFrom = Optional.of(file);
        } catch (IOException e) {
            throw new StartFailure(
                    "The configuration file " + file + " cannot be read: " + e.getMessage(),
                    "Check the path in " + CONFIG + " and the file's permissions.",
                    e);
        } catch (YAMLException e) {
            String reason = e.toString().lines().limit(3).collect(Collectors.joining(" "));
            throw new StartFailure(
                    "The configuration file " + file + " is not valid YAML: " + reason, "Mend the file.", e);
        }
    }

    private void flatten(String path, Object node, String source) {
        if (node instanceof Map<?, ?> map) {
            map.forEach((key, value) -> flatten(path.isEmpty() ? key + "" : path + "." + key, value, source));
        } else if (node != null) {
            if (path.startsWith(PREFIX)) {
                put(path, node.toString(), source);
            } else if (!path.startsWith("logging.")) {
                mistakes.add("Unknown key " + path + " in " + source
                        + "; only sandkeep.* and logging.* mean something here.");
            }
        }
    }

    private void readEnvironment(Map<String, String> environment) {
        Map<String, String> names = new TreeMap<>();
        for (ConfigurationKey key : ConfigurationKey.values()) {
            names.put(key.environmentVariable(), key.key());
        }
        new TreeMap<>(environment).forEach((name, value) -> {
            if (!name.startsWith(ENVIRONMENT_PREFIX)
                    || name.equals(CONFIG)
                    || NOT_OURS.contains(name)
                    || name.startsWith("SANDKEEP_TEST_")) {
                return;
            }
            String key = names.getOrDefault(name, keyOf(name));
            put(key, value, "environment variable " + name);
        });
    }

    /** {@code SANDKEEP_LINUX_SUBNET_POOL} → {@code sandkeep.linux.subnet-pool}, the only form for keys not known here. */
    private static String keyOf(String variable) {
        String rest = variable.substring(ENVIRONMENT_PREFIX.length()).toLowerCase(Locale.ROOT);
        int end = rest.indexOf('_');
        return end < 0
                ? PREFIX + rest
                : PREFIX + rest.substring(0, end) + "."
                        + rest.substring(end + 1).replace('_', '-');
    }

    private void readSystemProperties(Properties systemProperties) {
        for (String name : new TreeMap<>(systemProperties)
                .keySet().stream().map(Object::toString).toList()) {
            if (name.startsWith(PREFIX) && !name.equals(SandkeepProperties.TRAINING)) {
                put(name, systemProperties.getProperty(name), "system property " + name);
            }
        }
    }

    private void readOptions(List<String> options) {
        for (String option : options) {
            int equals = option.indexOf('=');
            String name = equals < 0 ? option : option.substring(0, equals);
            String key = switch (name) {
                case "--data" -> ConfigurationKey.DATA.key();
                case "--port" -> ConfigurationKey.HTTP_PORT.key();
                default -> name.startsWith("--" + PREFIX) ? name.substring(2) : "";
            };
            if (key.isEmpty() || equals < 0) {
                mistakes.add("Unknown option " + name
                        + "; the server takes --data=DIRECTORY, --port=NUMBER and --sandkeep.<key>=VALUE.");
            } else {
                put(key, option.substring(equals + 1), "option " + name);
            }
        }
    }

    private void put(String key, String value, String source) {
        provisional.put(key, new Origin(value, source));
    }

    private SandkeepProperties resolve() {
        Map<String, ConfigurationKey> known = new TreeMap<>();
        Stream.of(ConfigurationKey.values()).forEach(key -> known.put(key.key(), key));
        provisional.forEach((name, origin) -> {
            ConfigurationKey key = known.get(name);
            if (key != null && !origin.value().isEmpty()) {
                key.complaint(origin.value())
                        .ifPresentOrElse(
                                complaint -> mistakes.add(name + " (" + origin.source() + "): " + complaint + "."),
                                () -> values.put(key, origin.value()));
            }
        });
        Set<String> plugins = new TreeSet<>(List.of(
                values.getOrDefault(ConfigurationKey.PROVIDER, ConfigurationKey.PROVIDER.defaultValue()),
                values.getOrDefault(
                        ConfigurationKey.VOLUMES_BACKEND, ConfigurationKey.VOLUMES_BACKEND.defaultValue())));
        provisional.forEach((name, origin) -> {
            if (!known.containsKey(name) && !isPluginSetting(plugins, name, origin)) {
                mistakes.add("Unknown key " + name + " (" + origin.source() + ")" + nearest(name, known.keySet()));
            }
        });
        refuseWhenMistaken();
        SandkeepProperties properties = SandkeepProperties.of(values, providerSettings, readFrom);
        mistakes.addAll(properties.outOfRange());
        refuseWhenMistaken();
        return properties;
    }

    private boolean isPluginSetting(Set<String> plugins, String name, Origin origin) {
        String rest = name.substring(PREFIX.length());
        int end = rest.indexOf('.');
        if (end < 0 || !plugins.contains(rest.substring(0, end))) {
            return false;
        }
        providerSettings
                .computeIfAbsent(rest.substring(0, end), plugin -> new TreeMap<>())
                .put(rest.substring(end + 1), origin.value());
        return true;
    }

    private void refuseWhenMistaken() {
        if (!mistakes.isEmpty()) {
            throw new StartFailure(
                    String.join(System.lineSeparator() + "  ", mistakes),
                    "See docs/configuration.md for every key with its type and default.");
        }
    }

    private static String nearest(String name, Set<String> known) {
        Optional<String> candidate = known.stream().min(Comparator.comparingInt(key -> distance(name, key)));
        return candidate
                .filter(key -> distance(name, key) <= 3)
                .map(key -> "; did you mean " + key + "?")
                .orElse(".");
    }

    /** Levenshtein's: how many letters to insert, delete or replace. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replace = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replace, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
