package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.data.DataDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** The file {@code setup-link} of the data directory, which only its owner reads: how the first owner gets in. */
@Component
class SetUpFile {
    static final String NAME = "setup-link";

    private static final Logger LOG = LoggerFactory.getLogger(SetUpFile.class);

    private final DataDirectory data;

    SetUpFile(DataDirectory data) {
        this.data = data;
    }

    Path path() {
        return data.resolve(NAME);
    }

    Optional<String> read() throws IOException {
        return data.readSecret(NAME).map(String::strip);
    }

    void write(String url) throws IOException {
        data.writeSecret(NAME, url + "\n");
    }

    /** Takes it away when somebody can sign in. It is worth nothing then: a failure is told and does no harm. */
    void remove() {
        try {
            Files.deleteIfExists(path());
        } catch (IOException e) {
            LOG.warn("event=file_not_removed file={} error=\"{}\"", path(), e.getMessage());
        }
    }
}
