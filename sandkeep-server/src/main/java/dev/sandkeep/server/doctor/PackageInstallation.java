package dev.sandkeep.server.doctor;

import dev.sandkeep.spi.HostCheck;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Installs the Debian packages that checks found missing, saying which and why. */
final class PackageInstallation {
    private static final List<String> INSTALL =
            List.of("apt-get", "-o", "DPkg::Lock::Timeout=120", "install", "--yes", "--no-install-recommends");

    private final Map<String, String> reasons;

    private PackageInstallation(Map<String, String> reasons) {
        this.reasons = reasons;
    }

    static PackageInstallation of(List<HostCheck> checks) {
        Map<String, String> reasons = new LinkedHashMap<>();
        for (HostCheck check : checks) {
            if (check.result() != HostCheck.Result.OK) {
                check.packages().forEach(name -> reasons.putIfAbsent(name, check.detail()));
            }
        }
        return new PackageInstallation(reasons);
    }

    boolean isEmpty() {
        return reasons.isEmpty();
    }

    /** Whether everything was installed. When it cannot be, says what to run instead. */
    boolean run(PrintStream out) {
        out.println("Missing Debian packages:");
        reasons.forEach((name, reason) -> out.println("  " + name + "  (" + reason + ")"));
        List<String> command = new ArrayList<>(INSTALL);
        command.addAll(reasons.keySet());
        if (!"root".equals(System.getProperty("user.name"))
                || Programs.find("apt-get").isEmpty()) {
            out.println(
                    Programs.find("apt-get").isEmpty()
                            ? "There is no apt-get here: install what corresponds to these packages."
                            : "Only root can install them. Run: sudo " + String.join(" ", command));
            return false;
        }
        out.println("Installing them ...");
        return run(out, List.of("apt-get", "update", "--quiet")) && run(out, command);
    }

    private static boolean run(PrintStream out, List<String> command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
            Process process = builder.start();
            process.getOutputStream().close();
            List<String> output = process.inputReader().readAllLines();
            int exit = process.waitFor();
            if (exit != 0) {
                out.println(String.join(" ", command) + " failed with exit code " + exit + ":");
                output.subList(Math.max(0, output.size() - 10), output.size())
                        .forEach(line -> out.println("  " + line));
            }
            return exit == 0;
        } catch (IOException e) {
            out.println(String.join(" ", command) + " cannot be run: " + e.getMessage());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
