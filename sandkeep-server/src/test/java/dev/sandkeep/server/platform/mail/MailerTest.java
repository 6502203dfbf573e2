package dev.sandkeep.server.platform.mail;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.GreenMailUtil;
import com.icegreen.greenmail.util.ServerSetup;
import dev.sandkeep.server.platform.config.SandkeepProperties.MailProperties;
import dev.sandkeep.server.platform.config.SandkeepProperties.MailSecurity;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against GreenMail's SMTP server. */
class MailerTest {
    private final GreenMail smtp = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));

    private int port;

    @BeforeEach
    void start() {
        smtp.setUser("sandkeep@example.org", "sandkeep", "mail password");
        smtp.start();
        port = smtp.getSmtp().getPort();
    }

    @AfterEach
    void stop() {
        smtp.stop();
    }

    @Test
    void a_mail_arrives_as_it_was_written() throws MessagingException {
        assertThat(mailer(Optional.of("mail password"))
                        .send(new Mail(
                                "ada@example.org", "Grüße aus Sandkeep", "Erste Zeile\nhttps://example.org/x\n")))
                .isTrue();
        MimeMessage[] arrived = smtp.getReceivedMessages();
        assertThat(arrived).hasSize(1);
        assertThat(arrived[0].getSubject()).isEqualTo("Grüße aus Sandkeep");
        assertThat(arrived[0].getFrom()[0]).hasToString("sandkeep@example.org");
        assertThat(arrived[0].getAllRecipients()).hasSize(1);
        assertThat(arrived[0].getHeader("Auto-Submitted")).containsExactly("auto-generated");
        assertThat(GreenMailUtil.getBody(arrived[0])).contains("https://example.org/x");
    }

    @Test
    void nothing_that_was_typed_becomes_another_head_line_or_another_address() throws MessagingException {
        Mailer mailer = mailer(Optional.of("mail password"));
        for (String to : new String[] {
            "ada@example.org\r\nBcc: eve@example.org",
            "ada@example.org, eve@example.org",
            "ada@example.org\nDATA",
            "\"a\r\nb\"@example.org",
            ""
        }) {
            assertThat(mailer.send(new Mail(to, "x", "y"))).as(to).isFalse();
        }
        assertThat(smtp.getReceivedMessages()).isEmpty();
        assertThat(mailer.send(new Mail("ada@example.org", "Hello\r\nBcc: eve@example.org\r\n\r\nbody", "text")))
                .isTrue();
        MimeMessage arrived = smtp.getReceivedMessages()[0];
        assertThat(arrived.getHeader("Bcc")).isNull();
        assertThat(arrived.getAllRecipients()).hasSize(1);
    }

    @Test
    void a_mail_that_is_not_taken_is_told_of() {
        assertThat(mailer(Optional.of("wrong")).send(new Mail("ada@example.org", "x", "y")))
                .as("wrong password")
                .isFalse();
        smtp.stop();
        assertThat(mailer(Optional.of("mail password")).send(new Mail("ada@example.org", "x", "y")))
                .as("no server")
                .isFalse();
    }

    @Test
    void what_is_to_be_encrypted_is_not_sent_in_clear() {
        MailProperties settings = new MailProperties(
                Optional.of("127.0.0.1"),
                port,
                MailSecurity.STARTTLS,
                Optional.empty(),
                Optional.empty(),
                "sandkeep@example.org");
        assertThat(new Mailer(settings, Clock.systemUTC()).send(new Mail("ada@example.org", "x", "y")))
                .isFalse();
        assertThat(smtp.getReceivedMessages()).isEmpty();
    }

    private Mailer mailer(Optional<String> password) {
        return new Mailer(
                new MailProperties(
                        Optional.of("127.0.0.1"),
                        port,
                        MailSecurity.NONE,
                        Optional.of("sandkeep"),
                        password,
                        "sandkeep@example.org"),
                Clock.systemUTC());
    }
}
