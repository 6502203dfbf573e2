package dev.sandkeep.server.platform.errors;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A request, or a step of background work, cannot be done, for a reason that the catalogue {@link ProblemCode} knows. The
 * detail names the thing (id, path, value) and never a secret.
 */
public class SandkeepException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ProblemCode code;
    private final String nextStep;
    private final transient Map<String, Object> fields = new LinkedHashMap<>();
    private final transient List<FieldError> errors;

    /** With the catalogue's next step. */
    public SandkeepException(ProblemCode code, String detail) {
        this(code, detail, code.nextStep(), List.of());
    }

    /** With a next step that knows more than the catalogue's. */
    public SandkeepException(ProblemCode code, String detail, String nextStep) {
        this(code, detail, nextStep, List.of());
    }

    SandkeepException(ProblemCode code, String detail, String nextStep, List<FieldError> errors) {
        super(detail);
        this.code = code;
        this.nextStep = nextStep;
        this.errors = List.copyOf(errors);
    }

    /** No thing of kind {@code what} is called {@code name} in the caller's organization. */
    public static SandkeepException notFound(String what, String name) {
        return new SandkeepException(ProblemCode.NOT_FOUND, "There is no " + what + " '" + name + "'.");
    }

    /** Adds a member to the problem document, such as the id of what stands in the way. */
    public SandkeepException with(String name, Object value) {
        fields.put(name, value);
        return this;
    }

    /** As {@link Throwable#initCause}. */
    public SandkeepException causedBy(Throwable cause) {
        initCause(cause);
        return this;
    }

    /** The catalogue's entry. */
    public ProblemCode code() {
        return code;
    }

    /** What to do about it. */
    public String nextStep() {
        return nextStep;
    }

    /** Further members of the problem document. */
    public Map<String, Object> fields() {
        return Map.copyOf(fields);
    }

    /** Mistakes by field; empty unless it is about validation. */
    public List<FieldError> errors() {
        return errors;
    }
}
