package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.organizations.InstalledOrganization;
import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.organizations.Quotas;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** The organizations of the server, for those who operate it: deleted ones come back here, and ceilings are set. */
@Controller
public final class SystemOrganizationsPage {
    private final Pages pages;
    private final Organizations organizations;
    private final Quotas quotas;

    SystemOrganizationsPage(Pages pages, Organizations organizations, Quotas quotas) {
        this.pages = pages;
        this.organizations = organizations;
        this.quotas = quotas;
    }

    /** What the list shows. */
    public record Content(List<Tab> tabs, List<InstalledOrganization> organizations, String next, boolean first) {}

    /** What the page of one shows. */
    public record One(List<Tab> tabs, InstalledOrganization organization, List<QuotaRow> quotas) {}

    @GetMapping(SystemTabs.ORGANIZATIONS)
    @Requires(Permission.SERVER_OPERATE)
    View list(Frame frame, @RequestParam(required = false) @Nullable String cursor) {
        Page<InstalledOrganization> found = organizations.all(PageRequest.of(PageRequest.DEFAULT_LIMIT, cursor));
        return pages.page(
                "system/organizations",
                frame,
                new Content(
                        SystemTabs.at(SystemTabs.ORGANIZATIONS),
                        found.items(),
                        Links.older(SystemTabs.ORGANIZATIONS, found.nextCursor()),
                        cursor == null));
    }

    @GetMapping(SystemTabs.ORGANIZATIONS + "/{organization}")
    @Requires(Permission.SERVER_OPERATE)
    View one(Frame frame, @PathVariable String organization) {
        return pages.page(
                "system/organization",
                frame,
                new One(
                        SystemTabs.at(SystemTabs.ORGANIZATIONS),
                        organizations.one(organization),
                        QuotaRow.of(quotas.of(organization))));
    }
}
