package dev.sandkeep.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.profiles.SpecificationInput;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProfilesPageTest {

    @Test
    void the_page_has_a_line_for_every_key_and_no_other() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("..", "docs", "profiles.md")).stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.substring(3, line.indexOf('`', 3)))
                .filter(key -> !key.equals("name"))
                .toList();
        assertThat(lines).containsExactlyInAnyOrderElementsOf(keys("", SpecificationInput.class));
    }

    /** Of lists and of what has alternatives the key itself is listed too; of a mere group only what is in it. */
    private static List<String> keys(String path, Class<?> record) {
        List<String> keys = new ArrayList<>();
        for (RecordComponent component : record.getRecordComponents()) {
            String key = path + component.getName();
            Type type = component.getGenericType();
            if (type instanceof ParameterizedType list
                    && list.getActualTypeArguments()[0] instanceof Class<?> element
                    && element.isRecord()) {
                keys.add(key);
                keys.addAll(keys(key + "[].", element));
            } else if (component.getType().isRecord()) {
                if (component.getType() == SpecificationInput.BaseImage.class) {
                    keys.add(key);
                }
                keys.addAll(keys(key + ".", component.getType()));
            } else {
                keys.add(key);
            }
        }
        return keys;
    }
}
