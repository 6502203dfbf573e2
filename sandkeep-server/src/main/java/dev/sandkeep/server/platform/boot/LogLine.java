package dev.sandkeep.server.platform.boot;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.springframework.boot.logging.structured.StructuredLogFormatter;

/**
 * One line per event, key=value: {@code at=… level=INFO event=server_ready port=7080}. What libraries say comes as
 * {@code msg="…"} with their logger's name. A stack trace follows on lines of its own, indented.
 */
public final class LogLine implements StructuredLogFormatter<ILoggingEvent> {

    @Override
    public String format(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(160)
                .append("at=")
                .append(Instant.ofEpochMilli(event.getTimeStamp()).truncatedTo(ChronoUnit.MILLIS))
                .append(" level=")
                .append(event.getLevel());
        String message = event.getFormattedMessage();
        if (message.startsWith("event=")) {
            line.append(' ').append(oneLine(message));
        } else {
            String logger = event.getLoggerName();
            line.append(" logger=")
                    .append(logger.substring(logger.lastIndexOf('.') + 1))
                    .append(" msg=\"")
                    .append(oneLine(message).replace('"', '\''))
                    .append('"');
        }
        line.append(System.lineSeparator());
        if (event.getThrowableProxy() != null) {
            ThrowableProxyUtil.asString(event.getThrowableProxy())
                    .lines()
                    .forEach(text -> line.append("    ").append(text.strip()).append(System.lineSeparator()));
        }
        return line.toString();
    }

    private static String oneLine(String text) {
        return text.replace("\r", "").replace("\n", "\\n");
    }
}
