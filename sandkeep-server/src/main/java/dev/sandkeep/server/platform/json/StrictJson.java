package dev.sandkeep.server.platform.json;

import dev.sandkeep.server.platform.errors.ValidationErrors;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Binds JSON to records, and notes everything that does not fit instead of stopping at the first mistake: unknown keys
 * ({@code unknown_field}), missing or null ones ({@code required}) and values of another type ({@code wrong_type}).
 *
 * <p>Records may hold strings, {@code int}, {@code long}, {@code double}, {@code boolean} and their boxes, records, and lists
 * and string-keyed maps of all these. A record that is {@link OrText} may be written as a text. A component is optional when it is {@link Nullable}. Records bound here do not check
 * their components themselves: where a mistake was noted, a component is null or zero.
 */
public final class StrictJson {
    private final ValidationErrors errors;

    private StrictJson(ValidationErrors errors) {
        this.errors = errors;
    }

    /** Binds a body; mistakes go to {@code errors}. Null when the body is no object. */
    public static <T extends Record> @Nullable T bind(JsonNode body, Class<T> type, ValidationErrors errors) {
        return type.cast(new StrictJson(errors).record(body, type, ""));
    }

    private @Nullable Object value(JsonNode node, AnnotatedType annotated, String path) {
        Type type = annotated.getType();
        Class<?> raw = type instanceof ParameterizedType parameterized
                ? (Class<?>) parameterized.getRawType()
                : (Class<?>) type;
        if (raw == List.class) {
            return list(node, argument(annotated, 0), path);
        }
        if (raw == Map.class) {
            return map(node, argument(annotated, 1), path);
        }
        if (raw.isRecord()) {
            return record(node, raw, path);
        }
        return scalar(node, raw, path);
    }

    private @Nullable Object record(JsonNode node, Class<?> type, String path) {
        OrText text = type.getAnnotation(OrText.class);
        if (text != null && node.isString()) {
            return ofText(node.stringValue(), text.value(), type);
        }
        if (!node.isObject()) {
            return wrongType(path, text == null ? "an object" : "a text or an object");
        }
        RecordComponent[] components = type.getRecordComponents();
        Set<String> known = new LinkedHashSet<>();
        @Nullable Object[] values = new @Nullable Object[components.length];
        for (int i = 0; i < components.length; i++) {
            known.add(components[i].getName());
            values[i] = component(node, components[i], path);
        }
        for (String name : node.propertyNames()) {
            errors.check(
                    known.contains(name),
                    join(path, name),
                    "unknown_field",
                    "'" + name + "' is not known here; known are " + String.join(", ", known));
        }
        return construct(type, components, values);
    }

    private static Object ofText(String text, String name, Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        @Nullable Object[] values = new @Nullable Object[components.length];
        for (int i = 0; i < components.length; i++) {
            values[i] = components[i].getName().equals(name) ? text : absent(components[i].getType());
        }
        return construct(type, components, values);
    }

    private @Nullable Object component(JsonNode object, RecordComponent component, String path) {
        String field = join(path, component.getName());
        JsonNode node = object.get(component.getName());
        boolean present = node != null && !node.isNull();
        if (present) {
            Object value = value(node, component.getAnnotatedType(), field);
            return value == null ? absent(component.getType()) : value;
        }
        if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
            errors.add(field, "required", component.getName() + " is required");
        }
        return absent(component.getType());
    }

    private List<Object> list(JsonNode node, AnnotatedType element, String path) {
        List<Object> values = new ArrayList<>();
        if (!node.isArray()) {
            wrongType(path, "a list");
            return values;
        }
        for (int i = 0; i < node.size(); i++) {
            Object value = value(node.get(i), element, path + "[" + i + "]");
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    private Map<String, Object> map(JsonNode node, AnnotatedType element, String path) {
        Map<String, Object> values = new LinkedHashMap<>();
        if (!node.isObject()) {
            wrongType(path, "an object");
            return values;
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            Object value = value(entry.getValue(), element, join(path, entry.getKey()));
            if (value != null) {
                values.put(entry.getKey(), value);
            }
        }
        return values;
    }

    private @Nullable Object scalar(JsonNode node, Class<?> type, String path) {
        if (type == String.class) {
            return node.isString() ? node.stringValue() : wrongType(path, "a text (quote it)");
        }
        if (type == boolean.class || type == Boolean.class) {
            return node.isBoolean() ? (Object) node.booleanValue() : wrongType(path, "true or false");
        }
        if (type == int.class || type == Integer.class) {
            return node.isIntegralNumber() && node.canConvertToInt()
                    ? (Object) node.intValue()
                    : wrongType(path, "a whole number");
        }
        if (type == long.class || type == Long.class) {
            return node.isIntegralNumber() && node.canConvertToLong()
                    ? (Object) node.longValue()
                    : wrongType(path, "a whole number");
        }
        if (type == double.class || type == Double.class) {
            return node.isNumber() ? (Object) node.doubleValue() : wrongType(path, "a number");
        }
        throw new IllegalArgumentException("records cannot be bound with a component of type " + type);
    }

    private @Nullable Object wrongType(String path, String expected) {
        errors.add(path, "wrong_type", (path.isEmpty() ? "the body" : path) + " must be " + expected);
        return null;
    }

    private static @Nullable Object absent(Class<?> type) {
        if (type == boolean.class) {
            return false;
        }
        if (type == int.class) {
            return 0;
        }
        if (type == long.class) {
            return 0L;
        }
        return type == double.class ? (Object) 0.0 : null;
    }

    private static Object construct(Class<?> type, RecordComponent[] components, @Nullable Object[] values) {
        Class<?>[] parameters =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(parameters);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (NoSuchMethodException | InstantiationException | IllegalAccessException e) {
            throw new IllegalStateException("every record has its canonical constructor", e);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(type + " checks its own components", e.getCause());
        }
    }

    private static AnnotatedType argument(AnnotatedType type, int index) {
        return ((AnnotatedParameterizedType) type).getAnnotatedActualTypeArguments()[index];
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
