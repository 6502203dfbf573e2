package dev.sandkeep.server.doctor;

import dev.sandkeep.server.platform.config.WrongUsage;
import java.util.ArrayList;
import java.util.List;

/**
 * What the command line asked for.
 *
 * @param settings options that the configuration understands
 */
record DoctorOptions(boolean install, boolean json, boolean leaks, boolean help, List<String> settings) {

    static DoctorOptions parse(List<String> arguments) throws WrongUsage {
        boolean install = false;
        boolean json = false;
        boolean leaks = false;
        boolean help = false;
        List<String> settings = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            switch (argument) {
                case "--install" -> install = true;
                case "--json" -> json = true;
                case "--leaks" -> leaks = true;
                case "--help", "-h" -> help = true;
                case "--data" -> {
                    if (i + 1 == arguments.size()) {
                        throw new WrongUsage("--data needs a directory");
                    }
                    settings.add("--data=" + arguments.get(++i));
                }
                default -> {
                    if (!argument.startsWith("--data=") && !argument.startsWith("--sandkeep.")) {
                        throw new WrongUsage("unknown option " + argument);
                    }
                    settings.add(argument);
                }
            }
        }
        if (leaks && install) {
            throw new WrongUsage("--leaks and --install do not go together");
        }
        return new DoctorOptions(install, json, leaks, help, List.copyOf(settings));
    }
}
