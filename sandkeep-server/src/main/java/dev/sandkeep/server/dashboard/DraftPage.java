package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.profiles.Draft;
import dev.sandkeep.server.profiles.Specification;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.servlet.View;
import org.springframework.web.servlet.view.RedirectView;

/** The draft of a profile: its editor, and what publishing it would change. */
@Controller
public final class DraftPage {
    private final Pages pages;
    private final ProfileHeads heads;
    private final SpecificationYaml yaml;

    DraftPage(Pages pages, ProfileHeads heads, SpecificationYaml yaml) {
        this.pages = pages;
        this.heads = heads;
        this.yaml = yaml;
    }

    /**
     * What the editor shows.
     *
     * @param spec of the draft; without one, of the newest version
     * @param revision of the draft; 0 when there is none
     */
    public record Content(ProfileHead head, Specification spec, int revision) {
        /** Whether something is saved that is not published. */
        public boolean exists() {
            return revision > 0;
        }

        /** Which kind of base image it has. */
        public String base() {
            Specification.BaseImage image = spec.baseImage();
            return image.debian() != null ? "debian" : image.oci() != null ? "oci" : "tar";
        }
    }

    /**
     * What is to be published.
     *
     * @param next number of the version that it becomes
     */
    public record Review(ProfileHead head, int next, TextDifference difference) {}

    /** A YAML text to be read. */
    record YamlText(String text) {}

    @GetMapping("/profiles/{profile}")
    @Requires(Permission.PROFILES_SEE)
    View first(Frame frame, @PathVariable String profile) {
        ProfileHead head = heads.of(frame, profile, "");
        boolean editing = head.profile().draft().isPresent()
                || head.profile().latestVersion().isEmpty();
        return new RedirectView(head.path() + (editing ? "/draft" : "/versions"));
    }

    @GetMapping("/profiles/{profile}/draft")
    @Requires(Permission.PROFILES_SEE)
    View edit(Frame frame, @PathVariable String profile) {
        ProfileHead head = heads.of(frame, profile, "draft");
        Optional<Draft> draft = head.profile().draft();
        return pages.page(
                "profiles/draft",
                frame,
                new Content(
                        head,
                        heads.present(frame, head),
                        draft.map(Draft::revision).orElse(0)));
    }

    @GetMapping("/profiles/{profile}/draft/publish")
    @Requires(Permission.PROFILES_PUBLISH)
    View review(Frame frame, @PathVariable String profile) {
        ProfileHead head = heads.of(frame, profile, "draft");
        Draft draft = draft(head);
        String before = heads.newest(frame, head).map(yaml::write).orElse("");
        return pages.page(
                "profiles/publish",
                frame,
                new Review(
                        head,
                        head.profile().latestVersion().orElse(0) + 1,
                        TextDifference.between(before, yaml.write(draft.spec()))));
    }

    @GetMapping("/profiles/{profile}/draft.yaml")
    @Requires(Permission.PROFILES_SEE)
    ResponseEntity<byte[]> export(Frame frame, @PathVariable String profile) {
        ProfileHead head = heads.of(frame, profile, "draft");
        return file(head.profile().name() + ".yaml", yaml.write(draft(head).spec()));
    }

    /** Reads YAML for a page, which hands it on to the API; changes nothing. */
    @PostMapping("/profiles/read-yaml")
    @Requires(Permission.PROFILES_EDIT)
    ResponseEntity<Map<String, Object>> read(@RequestBody YamlText body) {
        return ResponseEntity.ok(yaml.read(body.text()));
    }

    static ResponseEntity<byte[]> file(String name, String content) {
        return ResponseEntity.ok()
                .contentType(MediaType.parseMediaType("application/yaml;charset=UTF-8"))
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        ContentDisposition.attachment().filename(name).build().toString())
                .body(content.getBytes(StandardCharsets.UTF_8));
    }

    private static Draft draft(ProfileHead head) {
        return head.profile()
                .draft()
                .orElseThrow(() -> new SandkeepException(
                        ProblemCode.NO_DRAFT, "The profile '" + head.profile().name() + "' has no draft."));
    }
}
