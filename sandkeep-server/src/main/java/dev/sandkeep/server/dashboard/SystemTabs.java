package dev.sandkeep.server.dashboard;

import java.util.List;

/** The pages about the server. */
final class SystemTabs {
    static final String OVERVIEW = "/system";
    static final String JOBS = "/system/jobs";
    static final String FINDINGS = "/system/findings";
    static final String STORAGE = "/system/storage";
    static final String ORGANIZATIONS = "/system/organizations";

    private SystemTabs() {}

    /** All of them, of which {@code here} is shown. */
    static List<Tab> at(String here) {
        return List.of(
                tab("Overview", OVERVIEW, here),
                tab("Jobs", JOBS, here),
                tab("Findings", FINDINGS, here),
                tab("Storage", STORAGE, here),
                tab("Organizations", ORGANIZATIONS, here));
    }

    private static Tab tab(String text, String href, String here) {
        return new Tab(text, href, href.equals(here));
    }
}
