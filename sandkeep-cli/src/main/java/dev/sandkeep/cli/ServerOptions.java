package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.host.DataDirectory;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The options of every command: which server, and how to answer. */
public final class ServerOptions {
    @Option(
            names = "--server",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            order = 101,
            description =
                    "Address of the server (SANDKEEP_URL; default: the one that server.json in the data directory names).")
    private @Nullable URI server;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            scope = ScopeType.INHERIT,
            order = 102,
            description =
                    "API key (default: the file api-key in the data directory). Other users of the machine can see"
                            + " command lines: prefer SANDKEEP_API_KEY.")
    private @Nullable String apiKey;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            order = 103,
            description = "Data directory of a server on this machine (SANDKEEP_DATA; default: /var/lib/sandkeep).")
    private @Nullable Path data;

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            order = 104,
            description = "Print the result, and any failure, as JSON.")
    private boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            order = 105,
            description = "Show this help.")
    boolean help;

    /** Whether a program reads the results. */
    public boolean json() {
        return json;
    }

    /** The data directory of a server on this machine. */
    public DataDirectory dataDirectory(Map<String, String> environment) {
        return data == null
                ? DataDirectory.fromEnvironment(environment)
                : new DataDirectory(data.toAbsolutePath().normalize());
    }

    /** The server to talk to, found as the options say. */
    public SandkeepClient client(Map<String, String> environment) {
        return new SandkeepClient(serverAddress(environment), apiKey(environment));
    }

    /** The same for what needs no key: one is sent only when it was named. */
    SandkeepClient clientOfAnybody(Map<String, String> environment) {
        String named = apiKey == null ? environment.getOrDefault("SANDKEEP_API_KEY", "") : apiKey;
        return new SandkeepClient(serverAddress(environment), named);
    }

    private URI serverAddress(Map<String, String> environment) {
        if (server != null) {
            return checked(server.toString());
        }
        String named = environment.getOrDefault("SANDKEEP_URL", "");
        if (!named.isEmpty()) {
            return checked(named);
        }
        DataDirectory directory = dataDirectory(environment);
        return directory
                .server()
                .orElseThrow(() -> new Failure(
                        "no server is running with the data directory " + directory.path(),
                        "start one with 'sandkeep server start', or name another with --server or --data"))
                .url();
    }

    private static URI checked(String text) {
        try {
            URI address = new URI(text);
            if (address.getHost() != null && List.of("http", "https").contains(address.getScheme())) {
                return address;
            }
        } catch (URISyntaxException notEvenAnAddress) {
            // said below
        }
        throw new Failure("'" + text + "' is not the address of a server", "give one like http://127.0.0.1:7080");
    }

    private String apiKey(Map<String, String> environment) {
        if (apiKey != null) {
            return apiKey;
        }
        String named = environment.getOrDefault("SANDKEEP_API_KEY", "");
        return named.isEmpty()
                ? dataDirectory(environment)
                        .apiKey()
                        .orElseThrow(() -> new Failure(
                                "no API key: "
                                        + dataDirectory(environment).path().resolve("api-key") + " is not there",
                                "set SANDKEEP_API_KEY, or name the server's data directory with --data"))
                : named;
    }
}
