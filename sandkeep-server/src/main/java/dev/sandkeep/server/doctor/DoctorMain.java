package dev.sandkeep.server.doctor;

import dev.sandkeep.server.platform.config.Configuration;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.config.WrongUsage;
import dev.sandkeep.spi.HostCheck;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * {@code sandkeep doctor}: looks whether this machine can run sandboxes, and what was left behind on it.
 *
 * <p>Exits with 0 when all is well, 1 when something failed or was left behind, 2 when it was called wrongly.
 */
public final class DoctorMain {
    private static final String USAGE = """
            Usage: sandkeep doctor [--install] [--json] [--data DIRECTORY]
                   sandkeep doctor --leaks [--json] [--data DIRECTORY]

            Checks this machine. --install installs the Debian packages that are missing.
            --leaks looks for what belongs to nothing: mounts, containers, cgroups, namespaces,
            directories and rows, and says what the server does about it. It changes nothing;
            'sandkeep server findings' shows what was found and done before.
            """;

    private final PrintStream out;

    private DoctorMain(PrintStream out) {
        this.out = out;
    }

    /** Runs it. */
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        int exit;
        try {
            exit = new DoctorMain(out).run(DoctorOptions.parse(List.of(arguments)));
        } catch (WrongUsage wrong) {
            System.err.println("sandkeep: " + wrong.getMessage() + System.lineSeparator() + USAGE);
            exit = 2;
        } catch (StartFailure failure) {
            System.err.println(failure.forPeople());
            exit = 1;
        }
        out.flush();
        System.exit(exit);
    }

    private int run(DoctorOptions options) {
        if (options.help()) {
            out.print(USAGE);
            return 0;
        }
        SandkeepProperties properties = Configuration.load(options.settings(), System.getenv(), System.getProperties());
        return options.leaks() ? leaks(options, properties) : checks(options, properties);
    }

    private int checks(DoctorOptions options, SandkeepProperties properties) {
        Examination examination = new Examination(properties);
        List<HostCheck> checks = examination.checks();
        if (options.install()) {
            // What it says is for people, also when the result is for programs.
            PackageInstallation installation = PackageInstallation.of(checks);
            if (!installation.isEmpty() && installation.run(options.json() ? System.err : out)) {
                checks = examination.checks();
            }
        }
        Report.checks(checks, options.json()).print(out);
        return checks.stream().anyMatch(check -> check.result() == HostCheck.Result.FAILED) ? 1 : 0;
    }

    private int leaks(DoctorOptions options, SandkeepProperties properties) {
        LeakSearch.Result found = new LeakSearch(properties).search();
        Report.leaks(found, options.json()).print(out);
        return found.leaks().isEmpty() ? 0 : 1;
    }
}
