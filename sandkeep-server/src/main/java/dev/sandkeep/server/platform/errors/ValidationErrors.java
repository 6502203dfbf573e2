package dev.sandkeep.server.platform.errors;

import java.util.ArrayList;
import java.util.List;

/** Collects every mistake of a request, so that the answer names all of them at once. */
public final class ValidationErrors {
    private final List<FieldError> errors = new ArrayList<>();

    /** Notes a mistake. */
    public void add(String field, String code, String message) {
        errors.add(new FieldError(field, code, message));
    }

    /** Notes a mistake unless {@code fine}; answers {@code fine}. */
    public boolean check(boolean fine, String field, String code, String message) {
        if (!fine) {
            add(field, code, message);
        }
        return fine;
    }

    /** Whether something is wrong with {@code field} or with a part of it. */
    public boolean has(String field) {
        return errors.stream()
                .anyMatch(error -> error.field().equals(field)
                        || error.field().startsWith(field + ".")
                        || error.field().startsWith(field + "["));
    }

    /** What was noted so far, in order. */
    public List<FieldError> all() {
        return List.copyOf(errors);
    }

    /** The problem of a single mistake. */
    public static SandkeepException only(String field, String code, String message) {
        return new SandkeepException(
                ProblemCode.VALIDATION_FAILED,
                field + ": " + message,
                ProblemCode.VALIDATION_FAILED.nextStep(),
                List.of(new FieldError(field, code, message)));
    }

    /**
     * Ends the request when something was noted.
     *
     * @throws SandkeepException {@link ProblemCode#VALIDATION_FAILED} with every mistake
     */
    public void throwIfAny() {
        if (!errors.isEmpty()) {
            String detail = errors.size() == 1
                    ? (errors.getFirst().field().isEmpty()
                                    ? ""
                                    : errors.getFirst().field() + ": ")
                            + errors.getFirst().message()
                    : "The request holds " + errors.size() + " mistakes.";
            throw new SandkeepException(
                    ProblemCode.VALIDATION_FAILED, detail, ProblemCode.VALIDATION_FAILED.nextStep(), errors);
        }
    }
}
