package dev.sandkeep.server.platform.boot;

import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.data.ServerInstance;
import java.io.IOException;
import java.nio.file.Path;

/** A process that registers as a server, says its id, and waits to be killed. */
final class HoldInstance {
    private HoldInstance() {}

    public static void main(String[] arguments) throws IOException {
        System.out.println(ServerInstance.register(DataDirectory.open(Path.of(arguments[0])))
                .id());
        System.out.flush();
        if (System.in.read() < 0) {
            return;
        }
    }
}
