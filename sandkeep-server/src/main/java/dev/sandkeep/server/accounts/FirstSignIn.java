package dev.sandkeep.server.accounts;

import dev.sandkeep.server.organizations.Person;
import dev.sandkeep.server.organizations.Persons;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.security.Caller;
import java.io.Console;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * While nobody can sign in yet, keeps a link in the file {@code setup-link} of the data directory that makes the first owner
 * somebody who can. It is shown where a person sees it, and never written to the log.
 */
@Component
final class FirstSignIn {
    private static final Logger LOG = LoggerFactory.getLogger(FirstSignIn.class);

    private final JdbcClient jdbc;
    private final Persons persons;
    private final PasswordLinks links;
    private final SetUpFile file;
    private final SandkeepProperties properties;
    private final TransactionTemplate transactions;

    FirstSignIn(
            JdbcClient jdbc,
            Persons persons,
            PasswordLinks links,
            SetUpFile file,
            SandkeepProperties properties,
            TransactionTemplate transactions) {
        this.jdbc = jdbc;
        this.persons = persons;
        this.links = links;
        this.file = file;
        this.properties = properties;
        this.transactions = transactions;
    }

    @EventListener
    void ready(WebServerInitializedEvent event) throws IOException {
        if (properties.training()) {
            return;
        }
        if (somebodyCan()) {
            file.remove();
            return;
        }
        Optional<Person> owner = persons.firstOwner();
        if (owner.isEmpty()) {
            return;
        }
        String url = kept().orElseGet(() -> made(owner.get()));
        file.write(url);
        LOG.info("event=nobody_can_sign_in_yet file={} next=\"open the link in that file\"", file.path());
        show(url);
    }

    /** Whether the installation has somebody who can sign in. */
    private boolean somebodyCan() {
        return jdbc.sql("select exists (select 1 from passwords) or exists (select 1 from identities)")
                .query(Boolean.class)
                .single();
    }

    /** The link of an earlier start, while it is worth something. */
    private Optional<String> kept() throws IOException {
        return file.read()
                .map(url -> url.substring(url.lastIndexOf('/') + 1))
                .filter(token -> links.toSetUp(token).isPresent())
                .map(links::setUpAddress);
    }

    private String made(Person owner) {
        PasswordLink link = transactions.execute(status -> links.setUp(owner, Caller.SYSTEM));
        return java.util.Objects.requireNonNull(link).url();
    }

    /** To a person who looks on, and to no file that output goes to. */
    private static void show(String url) {
        Optional.ofNullable(System.console()).filter(Console::isTerminal).ifPresent(console -> {
            console.printf(
                    "%n  Nobody can sign in yet. Open this link, once, to become the first owner:%n  %s%n%n", url);
            console.flush();
        });
    }
}
