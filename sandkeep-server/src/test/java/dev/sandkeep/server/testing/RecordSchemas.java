package dev.sandkeep.server.testing;

import com.fasterxml.jackson.databind.type.TypeFactory;
import dev.sandkeep.server.platform.json.OrText;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverter;
import io.swagger.v3.core.converter.ModelConverterContext;
import io.swagger.v3.oas.models.media.Schema;
import java.lang.reflect.RecordComponent;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Says in the API's description what our records say: which components are always there, and which may be null. */
@Component
class RecordSchemas implements ModelConverter {

    @Override
    @SuppressWarnings("NullAway") // swagger's converters answer null for what they do not describe
    public Schema<?> resolve(AnnotatedType type, ModelConverterContext context, Iterator<ModelConverter> chain) {
        Schema<?> resolved = chain.hasNext() ? chain.next().resolve(type, context, chain) : null;
        Class<?> raw =
                TypeFactory.defaultInstance().constructType(type.getType()).getRawClass();
        if (resolved == null || !raw.isRecord()) {
            return resolved;
        }
        Schema<?> model = resolved.get$ref() == null
                ? resolved
                : context.getDefinedModels()
                        .get(resolved.get$ref().substring(resolved.get$ref().lastIndexOf('/') + 1));
        if (model != null && model.getProperties() != null) {
            describe(raw, model);
        }
        if (model != null && model.getAnyOf() == null && raw.isAnnotationPresent(OrText.class)) {
            orText(model);
        }
        return resolved;
    }

    /** A text, or the object that the model describes so far. */
    @SuppressWarnings("NullAway") // what is taken out of a schema is set to null
    private static void orText(Schema<?> model) {
        Schema<Object> text = new Schema<>();
        text.addType("string");
        Schema<Object> object = new Schema<>();
        object.addType("object");
        object.setProperties(model.getProperties());
        object.setRequired(model.getRequired());
        model.setProperties(null);
        model.setRequired(null);
        model.setType(null);
        model.setTypes(null);
        model.addAnyOfItem(text);
        model.addAnyOfItem(object);
    }

    private static Schema<Object> nothing() {
        Schema<Object> nothing = new Schema<>();
        nothing.addType("null");
        return nothing;
    }

    private static void describe(Class<?> type, Schema<?> model) {
        Map<String, Schema<?>> properties = new TreeMap<>();
        model.getProperties().forEach(properties::put);
        Set<String> required = new LinkedHashSet<>();
        for (RecordComponent component : type.getRecordComponents()) {
            Schema<?> property = properties.get(component.getName());
            if (property == null) {
                continue;
            }
            if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                required.add(component.getName());
            } else if (property.get$ref() != null) {
                Schema<Object> either = new Schema<>();
                either.addAnyOfItem(new Schema<>().$ref(property.get$ref()));
                either.addAnyOfItem(nothing());
                properties.put(component.getName(), either);
            } else if (property.getAnyOf() == null) {
                property.addType("null");
            }
        }
        model.setProperties(new TreeMap<>(properties));
        model.setRequired(List.copyOf(required));
    }
}
