package dev.sandkeep.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.host.HostCompute;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The dashboard in a real browser, on a real server. The tests tell one story: somebody is set up, describes an environment,
 * publishes it, works in a session, loses its compute, and finds the work there.
 */
@NeedsSandboxHost
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardTest {
    private static final String EMAIL = "ada@example.org";
    private static final String PASSWORD = "a long enough password";
    /** For what the machine has to do, such as to build a snapshot. */
    private static final LocatorAssertions.ContainsTextOptions IN_TIME =
            new LocatorAssertions.ContainsTextOptions().setTimeout(180_000);

    /** Of a page with all that it loads, in bytes on the way. */
    private static final int HEAVIEST = 300_000;

    private static Installation sandkeep;
    private static Browser browser;
    private static String session = "";

    @BeforeAll
    static void start() {
        sandkeep = Installation.shared();
        browser = new Browser(sandkeep.server().url());
    }

    @AfterAll
    static void end() throws Exception {
        browser.close();
        sandkeep.deleteSessionsAndExpectNoLeaks();
    }

    @Test
    @Order(1)
    void the_first_owner_is_set_up_by_the_link_of_the_first_start() throws Exception {
        String link = sandkeep.setUpLink();
        Page page = browser.page();
        page.navigate(link);
        page.getByLabel("Name").fill("Ada");
        page.getByLabel("E-mail address").fill(EMAIL);
        page.getByLabel("Password").fill(PASSWORD);
        page.getByRole(AriaRole.BUTTON).click();
        browser.ready();
        assertThat(page.locator(".foot summary")).containsText("Ada");

        page.locator(".foot summary").click();
        page.getByText("Sign out").click();
        page.navigate(sandkeep.server().url().resolve("/sessions").toString());
        assertThat(page).hasURL(Pattern.compile(".*/sign-in\\?next=.*"));
        browser.screenshots("sign-in");
        assertThat(browser.inaccessible()).isEmpty();
        page.getByLabel("E-mail address").fill(EMAIL);
        page.getByLabel("Password").fill(PASSWORD);
        page.getByRole(AriaRole.BUTTON).first().click();
        browser.ready();
        assertThat(page).hasURL(Pattern.compile(".*/sessions$"));
    }

    @Test
    @Order(2)
    void an_owner_allows_persistent_sandboxes() {
        Page page = browser.open("/settings/sandboxes");
        Locator allow = page.getByLabel("Allow persistent sandboxes");
        allow.check();
        page.getByRole(AriaRole.BUTTON, named("Save")).first().click();
        assertThat(page.locator("#messages")).containsText("aved");
        browser.open("/settings/sandboxes");
        assertThat(page.getByLabel("Allow persistent sandboxes")).isChecked();
    }

    @Test
    @Order(3)
    void a_draft_is_written_with_its_mistakes_in_place_and_published() {
        Page page = browser.open("/profiles?new");
        page.getByLabel("Name").first().fill("seen");
        page.getByRole(AriaRole.BUTTON, named("Create")).click();
        assertThat(page).hasURL(Pattern.compile(".*/profiles/seen/draft$"));
        browser.ready();

        page.locator("#setup + .CodeMirror").click();
        page.keyboard().insertText("echo prepared > /root/prepared");
        page.getByLabel("Use persistent sandboxes").check();
        page.getByText("Add a check").click();
        page.getByLabel("Check", new Page.GetByLabelOptions().setExact(true))
                .last()
                .fill("test -s /root/prepared");
        page.getByLabel("Memory, MiB").fill("1");
        assertThat(page.locator("[data-unsaved]")).isVisible();
        page.getByRole(AriaRole.BUTTON, named("Save draft")).click();
        assertThat(page.locator(".field:has(#memory) .mistake")).containsText("memoryMiB");

        page.getByLabel("Memory, MiB").fill("256");
        page.getByRole(AriaRole.BUTTON, named("Publish …")).click();
        assertThat(page).hasURL(Pattern.compile(".*/draft/publish$"));
        assertThat(page.locator(".difference")).containsText("echo prepared > /root/prepared");
        page.getByRole(AriaRole.BUTTON, named("Publish")).click();

        assertThat(page).hasURL(Pattern.compile(".*/snapshot-jobs/job_.*"));
        assertThat(page.locator(".log")).containsText("Captured", IN_TIME);
        assertThat(page.locator("#job .badge").first()).containsText("succeeded", IN_TIME);
    }

    @Test
    @Order(4)
    void a_session_keeps_its_files_when_its_compute_is_killed() throws Exception {
        Page page = browser.open("/sessions?start&profile=seen");
        page.getByLabel("Name").fill("seen-work");
        page.getByRole(AriaRole.BUTTON, named("Start").setExact(true)).click();
        assertThat(page).hasURL(Pattern.compile(".*/sessions/ses_.*"));
        browser.ready();
        session = page.url().substring(page.url().lastIndexOf('/') + 1);
        assertThat(page.locator("#state .badge").first()).containsText("running", IN_TIME);

        command(page, "cat /root/prepared; echo work > /root/work; echo lost > /opt/lost; echo oops >&2");
        assertThat(page.locator(".console")).containsText("prepared", IN_TIME);
        assertThat(page.locator(".console .err")).containsText("oops", IN_TIME);
        assertThat(page.locator(".console .end")).containsText("exit code 0", IN_TIME);

        killCompute();
        assertThat(page.locator("#state")).containsText("compute lost", IN_TIME);
        assertThat(page.locator("#state .badge").first()).containsText("stopped");
        page.getByRole(AriaRole.BUTTON, named("Resume")).click();
        assertThat(page.locator("#state .badge").first()).containsText("running", IN_TIME);
        command(page, "cat /root/work; ls /opt/lost");
        assertThat(page.locator(".console")).containsText("work\n", IN_TIME);
        assertThat(page.locator(".console .end").last()).containsText("exit code 2", IN_TIME);
        assertThat(page.locator("#events")).containsText("resume requested", IN_TIME);

        page.getByRole(AriaRole.BUTTON, named("Stop")).click();
        assertThat(page.locator("#state .badge").first()).containsText("stopped", IN_TIME);
        assertThat(page.locator("#checkpoints")).containsText("stop", IN_TIME);
    }

    @Test
    @Order(5)
    void a_deleted_session_comes_back_with_undo() {
        Page page = browser.open("/sessions/" + session);
        page.getByRole(AriaRole.BUTTON, named("Delete")).first().click();
        page.locator("#confirm [value=yes]").click();
        assertThat(page).hasURL(Pattern.compile(".*/sessions$"));
        page.locator("#messages").getByText("Undo").click();
        assertThat(page.locator("#sessions")).containsText("seen-work", IN_TIME);
    }

    @Test
    @Order(6)
    void somebody_goes_anywhere_by_keyboard() {
        Page page = browser.open("/");
        page.keyboard().press("Control+k");
        page.keyboard().type("seen-work");
        assertThat(page.locator("#palette [aria-selected=true]")).containsText("seen-work");
        page.keyboard().press("Enter");
        assertThat(page).hasURL(Pattern.compile(".*/sessions/ses_.*"));
    }

    @Test
    @Order(7)
    void every_page_is_accessible_fits_a_phone_and_complains_about_nothing() {
        Page page = browser.open("/profiles/seen/snapshots");
        String snapshot = page.locator("a[href^='/snapshots/']").first().getAttribute("href");
        String job = page.locator("a[href^='/snapshot-jobs/']").first().getAttribute("href");
        List<String> mistakes = new ArrayList<>();
        for (String path : List.of(
                "/",
                "/profiles",
                "/profiles/seen/draft",
                "/profiles/seen/versions",
                "/profiles/seen/versions/1",
                "/profiles/seen/snapshots",
                "/profiles/seen/sessions",
                "/profiles/seen/settings",
                snapshot,
                snapshot + "/diff/" + Path.of(snapshot).getFileName(),
                "/snapshot-jobs",
                job,
                "/sessions",
                "/sessions?start",
                "/sessions/" + session,
                "/settings/sandboxes",
                "/settings/members",
                "/settings/keys",
                "/settings/audit",
                "/account",
                "/system",
                "/system/jobs",
                "/system/findings",
                "/system/storage",
                "/system/organizations",
                "/design",
                "/nowhere")) {
            browser.open(path);
            if (browser.weight() > HEAVIEST) {
                mistakes.add(path + " weighs " + browser.weight() + " bytes");
            }
            mistakes.addAll(browser.inaccessible());
            String name = path.replaceAll("(ses|job|snp)_[a-z0-9]+", "one").replaceAll("[^a-z0-9]+", "-");
            int tooWide = browser.screenshots(name.equals("-") ? "home" : name.substring(1));
            if (tooWide > 0) {
                mistakes.add(path + " is " + tooWide + " px too wide for a phone");
            }
        }
        // That a draft has mistakes and that there is no such page is what the tests want.
        mistakes.addAll(browser.complaints().stream()
                .filter(it -> !it.contains("/nowhere") && !it.contains("status of 422"))
                .toList());
        assertThat(mistakes).isEmpty();
    }

    private static void command(Page page, String text) {
        page.getByLabel("Command", new Page.GetByLabelOptions().setExact(true)).fill(text);
        page.getByRole(AriaRole.BUTTON, named("Run")).click();
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name).setExact(true);
    }

    /** As a host does that runs out of memory, or a provider whose time is over. */
    private static void killCompute() throws Exception {
        String sandbox = Json.parse(sandkeep.succeed("session", "show", "seen-work", "--json"))
                .at("/sandbox/id")
                .asString();
        ProcessHandle first = HostCompute.of(sandbox, 1).firstProcess();
        first.destroyForcibly();
        first.onExit().join();
    }
}
