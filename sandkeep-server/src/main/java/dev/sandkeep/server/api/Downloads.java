package dev.sandkeep.server.api;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers that are written as they are made, and of which none may look whole that is not. */
final class Downloads {
    private static final Logger LOG = LoggerFactory.getLogger(Downloads.class);

    private Downloads() {}

    /** What writes the answer. */
    interface Content {
        void to(OutputStream target) throws IOException;
    }

    /**
     * Writes an answer whose headers are set. What fails before anything was sent is answered as any failure; after that, the
     * connection breaks off.
     *
     * @param what is sent, for the server's log
     */
    static void write(HttpServletResponse response, String what, Content content) throws IOException {
        // Not closed here: that would end the answer as one that is whole.
        OutputStream target = response.getOutputStream();
        try {
            content.to(target);
            target.flush();
        } catch (RuntimeException failure) {
            if (!response.isCommitted()) {
                response.reset();
                throw failure;
            }
            LOG.warn("event=download_broken what={} cause=\"{}\"", what, failure.getMessage());
            throw new IOException("the download broke off", failure);
        }
    }
}
