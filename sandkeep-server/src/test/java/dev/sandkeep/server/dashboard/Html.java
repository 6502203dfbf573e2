package dev.sandkeep.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.testing.ApiClient;
import dev.sandkeep.server.testing.ApiClient.Answer;
import java.util.regex.Pattern;

/** Gets pages, and sees to it that each is what every page has to be. */
final class Html {
    /** Scripts without an address, styles, and what an element does by itself. */
    private static final Pattern INLINE = Pattern.compile(
            "<script(?![^>]*\\ssrc=)|<style\\b|\\sstyle\\s*=|<[^>]*\\son[a-z]+\\s*=|javascript:",
            Pattern.CASE_INSENSITIVE);

    private Html() {}

    /** A page that can be seen. */
    static String page(ApiClient client, String path) {
        return whole(client.root(path), path, 200);
    }

    /** The page that says why a page cannot be seen. */
    static String refused(ApiClient client, String path) {
        String page = whole(client.root(path), path, 403);
        assertThat(page).as(path).contains("<code>forbidden</code>");
        return page;
    }

    private static String whole(Answer answer, String path, int status) {
        assertThat(answer.status()).as("%s: %s", path, answer.text()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).as(path).hasValue("text/html;charset=UTF-8");
        assertThat(answer.text().strip())
                .as(path)
                .startsWith("<!doctype html>")
                .endsWith("</html>")
                .containsOnlyOnce("<h1>");
        assertThat(INLINE.matcher(answer.text()).results().map(it -> it.group()).toList())
                .as("inline in %s", path)
                .isEmpty();
        return answer.text();
    }
}
