package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;

/** Commands of the host that tests set themselves up with. */
final class HostCommand {
    private HostCommand() {}

    /** Runs a command, which must succeed. */
    static void run(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                .as(String.join(" ", command))
                .isZero();
    }
}
