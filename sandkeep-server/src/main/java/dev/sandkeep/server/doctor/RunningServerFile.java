package dev.sandkeep.server.doctor;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code server.json} says of the server of a data directory.
 *
 * @param pid alive when the file was read
 */
record RunningServerFile(URI url, long pid) {
    private static final Pattern URL = Pattern.compile("\"url\"\\s*:\\s*\"([^\"]+)\"");
    private static final Pattern PID = Pattern.compile("\"pid\"\\s*:\\s*(\\d{1,9})");

    /** Empty when no server runs, as far as this user may know. */
    static Optional<RunningServerFile> read(Path data) {
        try {
            String text = Files.readString(data.resolve("server.json"));
            Matcher url = URL.matcher(text);
            Matcher pid = PID.matcher(text);
            if (!url.find() || !pid.find()) {
                return Optional.empty();
            }
            long number = Long.parseLong(pid.group(1));
            return ProcessHandle.of(number)
                    .filter(ProcessHandle::isAlive)
                    .map(process -> new RunningServerFile(URI.create(url.group(1)), number));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    int port() {
        return url.getPort();
    }
}
