package dev.sandkeep.server.platform.web;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.sandkeep.server.platform.errors.FieldError;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A problem document (RFC 9457): the body of every answer that is not a success.
 *
 * @param type stable identifier of the kind of problem
 * @param title what kind of problem it is, in one sentence
 * @param status HTTP status
 * @param detail what happened here
 * @param code stable code, for programs
 * @param nextStep what to do about it
 * @param errors every mistake, by field; only with {@code validation_failed}
 * @param fields further members, as the code's description says
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(description = "A problem document (RFC 9457): the body of every answer that is not a success.")
public record Problem(
        String type,
        String title,
        int status,
        String detail,
        String code,
        String nextStep,
        @Nullable List<FieldError> errors,
        @JsonAnyGetter @Schema(hidden = true) Map<String, Object> fields) {

    /** The document for a failure. */
    public static Problem of(SandkeepException failure) {
        ProblemCode code = failure.code();
        return new Problem(
                code.type(),
                code.sentence(),
                code.status(),
                failure.getMessage() == null ? code.sentence() : failure.getMessage(),
                code.code(),
                failure.nextStep(),
                failure.errors().isEmpty() ? null : failure.errors(),
                failure.fields());
    }

    /** The document for a code that needs no detail. */
    public static Problem of(ProblemCode code) {
        return of(new SandkeepException(code, code.sentence()));
    }
}
