package dev.sandkeep.server.platform.mail;

import dev.sandkeep.server.platform.config.SandkeepProperties.MailProperties;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Date;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends mail through the SMTP server that {@code sandkeep.mail.host} names. */
public final class Mailer {
    private static final Logger LOG = LoggerFactory.getLogger(Mailer.class);
    private static final String PATIENCE_MILLIS = "10000";

    private final MailProperties settings;
    private final Clock clock;

    Mailer(MailProperties settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /** Whether it knows a server. */
    public boolean configured() {
        return settings.host().isPresent();
    }

    /**
     * Sends a mail, and waits until the server has taken it.
     *
     * @return whether it has; the log tells why not
     */
    public boolean send(Mail mail) {
        if (!configured()) {
            return false;
        }
        try {
            Session session = Session.getInstance(smtp());
            MimeMessage message = new MimeMessage(session);
            message.setFrom(new InternetAddress(settings.from(), true));
            // Strict, and one address only: nothing that was typed becomes another head line or another address.
            message.setRecipient(Message.RecipientType.TO, new InternetAddress(mail.to(), true));
            message.setSubject(mail.subject(), StandardCharsets.UTF_8.name());
            message.setText(mail.text(), StandardCharsets.UTF_8.name());
            message.setHeader("Auto-Submitted", "auto-generated");
            message.setSentDate(Date.from(clock.instant()));
            try (Transport transport = session.getTransport("smtp")) {
                transport.connect(
                        settings.username().orElse(null), settings.password().orElse(null));
                message.saveChanges();
                transport.sendMessage(message, message.getAllRecipients());
            }
            LOG.info("event=mail_sent to={}", mail.to());
            return true;
        } catch (MessagingException e) {
            LOG.warn(
                    "event=mail_not_sent to=\"{}\" error=\"{}\"",
                    mail.to().replaceAll("\\p{Cntrl}|\"", "_"),
                    String.valueOf(e.getMessage()).replaceAll("\\p{Cntrl}+", " "));
            return false;
        }
    }

    /** The same beside the request, which neither waits for it nor takes longer because of it. */
    public void sendLater(Mail mail) {
        if (configured()) {
            Thread.ofVirtual().name("send-mail").start(() -> send(mail));
        }
    }

    private Properties smtp() {
        Properties smtp = new Properties();
        smtp.setProperty("mail.smtp.host", settings.host().orElseThrow());
        smtp.setProperty("mail.smtp.port", Integer.toString(settings.port()));
        smtp.setProperty("mail.smtp.connectiontimeout", PATIENCE_MILLIS);
        smtp.setProperty("mail.smtp.timeout", PATIENCE_MILLIS);
        smtp.setProperty("mail.smtp.writetimeout", PATIENCE_MILLIS);
        smtp.setProperty("mail.smtp.auth", Boolean.toString(settings.username().isPresent()));
        smtp.setProperty("mail.smtp.ssl.checkserveridentity", "true");
        switch (settings.security()) {
            case STARTTLS -> {
                smtp.setProperty("mail.smtp.starttls.enable", "true");
                smtp.setProperty("mail.smtp.starttls.required", "true");
            }
            case TLS -> smtp.setProperty("mail.smtp.ssl.enable", "true");
            case NONE -> smtp.setProperty("mail.smtp.starttls.enable", "false");
        }
        return smtp;
    }
}
