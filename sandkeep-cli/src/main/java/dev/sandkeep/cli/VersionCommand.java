package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "version",
        description = "Show the versions of this command line and of the server it talks to.",
        sortOptions = false)
final class VersionCommand implements Runnable {
    @ParentCommand
    Sandkeep root;

    @Override
    public void run() {
        ObjectNode versions = Json.object().put("client", clientVersion());
        try (SandkeepClient client = root.client()) {
            JsonNode server = client.get(Route.of("system", "info"));
            versions.put("server", server.path("version").asString(""))
                    .put("url", client.server().toString());
        } catch (Failure unreachable) {
            versions.putNull("server").put("reason", unreachable.getMessage());
        }
        root.report().show(versions, terminal -> {
            terminal.result("sandkeep  " + clientVersion());
            terminal.result(
                    versions.path("server").isNull()
                            ? "server    " + versions.path("reason").asString()
                            : "server    " + versions.path("server").asString() + "  "
                                    + versions.path("url").asString());
        });
    }

    /** The version this program was built as. */
    static String clientVersion() {
        Properties properties = new Properties();
        try (InputStream stream = VersionCommand.class.getResourceAsStream("version.properties")) {
            if (stream == null) {
                return "unknown";
            }
            properties.load(stream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version", "unknown");
    }

    static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"sandkeep " + clientVersion()};
        }
    }
}
