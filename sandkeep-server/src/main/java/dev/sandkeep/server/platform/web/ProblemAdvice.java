package dev.sandkeep.server.platform.web;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import jakarta.servlet.http.HttpServletRequest;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MissingRequestValueException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/** Every exception that leaves a controller becomes a problem document. */
@RestControllerAdvice
@Order(ProblemAdvice.ORDER)
class ProblemAdvice {
    /** After an edge that answers its own failures differently. */
    static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 10;

    private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);

    private final SecureRandom random = new SecureRandom();

    @ExceptionHandler
    ResponseEntity<Problem> known(SandkeepException failure) {
        if (failure.code().status() >= 500) {
            LOG.warn(
                    "event=request_failed code={} detail=\"{}\"", failure.code().code(), failure.getMessage(), failure);
        }
        return answer(Problem.of(failure), HttpHeaders.EMPTY);
    }

    @ExceptionHandler({NoHandlerFoundException.class, NoResourceFoundException.class})
    ResponseEntity<Problem> noEndpoint(Exception failure, HttpServletRequest request) {
        return answer(
                ProblemCode.ENDPOINT_NOT_FOUND,
                "There is no endpoint " + request.getMethod() + " " + request.getRequestURI() + ".",
                HttpHeaders.EMPTY);
    }

    @ExceptionHandler
    ResponseEntity<Problem> wrongMethod(HttpRequestMethodNotSupportedException failure, HttpServletRequest request) {
        return answer(
                ProblemCode.METHOD_NOT_ALLOWED,
                request.getRequestURI() + " does not take " + failure.getMethod() + ".",
                failure.getHeaders());
    }

    @ExceptionHandler
    ResponseEntity<Problem> unreadable(HttpMessageNotReadableException failure) {
        return answer(ProblemCode.MALFORMED_JSON, "The body cannot be read as JSON.", HttpHeaders.EMPTY);
    }

    @ExceptionHandler
    ResponseEntity<Problem> wrongParameter(MethodArgumentTypeMismatchException failure) {
        return answer(
                ProblemCode.BAD_REQUEST,
                "'" + failure.getValue() + "' is not a valid value of " + failure.getName() + ".",
                HttpHeaders.EMPTY);
    }

    @ExceptionHandler
    ResponseEntity<Problem> missingParameter(MissingRequestValueException failure) {
        return answer(ProblemCode.BAD_REQUEST, failure.getBody().getDetail() + "", HttpHeaders.EMPTY);
    }

    /** The client went away; there is nobody to answer. */
    @ExceptionHandler
    void clientGone(AsyncRequestNotUsableException failure) {
        LOG.debug("event=client_gone", failure);
    }

    @ExceptionHandler({
        CannotGetJdbcConnectionException.class,
        CannotCreateTransactionException.class,
        TransientDataAccessException.class
    })
    ResponseEntity<Problem> databaseAway(Exception failure) {
        LOG.error("event=database_unavailable error=\"{}\"", failure.getMessage());
        return answer(ProblemCode.UNAVAILABLE, "The database does not answer.", HttpHeaders.EMPTY);
    }

    @ExceptionHandler
    ResponseEntity<Problem> anythingElse(Exception failure, HttpServletRequest request) {
        if (failure instanceof ErrorResponse response) {
            return answer(codeOf(response), response.getBody().getDetail(), response.getHeaders());
        }
        byte[] bytes = new byte[4];
        random.nextBytes(bytes);
        String incident = HexFormat.of().formatHex(bytes);
        LOG.error(
                "event=request_failed code=internal_error incident={} method={} path={}",
                incident,
                request.getMethod(),
                request.getRequestURI(),
                failure);
        return answer(
                Problem.of(new SandkeepException(
                                ProblemCode.INTERNAL_ERROR,
                                "The server made a mistake; the incident is " + incident + ".")
                        .with("incident", incident)),
                HttpHeaders.EMPTY);
    }

    private static ProblemCode codeOf(ErrorResponse response) {
        return switch (response.getStatusCode().value()) {
            case 404 -> ProblemCode.ENDPOINT_NOT_FOUND;
            case 405 -> ProblemCode.METHOD_NOT_ALLOWED;
            case 406 -> ProblemCode.NOT_ACCEPTABLE;
            case 413 -> ProblemCode.REQUEST_TOO_LARGE;
            case 415 -> ProblemCode.UNSUPPORTED_MEDIA_TYPE;
            case 503 -> ProblemCode.UNAVAILABLE;
            default ->
                response.getStatusCode().is5xxServerError() ? ProblemCode.INTERNAL_ERROR : ProblemCode.BAD_REQUEST;
        };
    }

    private static ResponseEntity<Problem> answer(ProblemCode code, @Nullable String detail, HttpHeaders headers) {
        return answer(Problem.of(new SandkeepException(code, detail == null ? code.sentence() : detail)), headers);
    }

    private static ResponseEntity<Problem> answer(Problem problem, HttpHeaders headers) {
        HttpHeaders all = new HttpHeaders();
        headers.forEach((name, values) -> {
            // The exception's own headers describe the body that it would have sent.
            if (!name.equalsIgnoreCase(HttpHeaders.CONTENT_TYPE)) {
                all.put(name, values);
            }
        });
        all.setContentType(MediaType.parseMediaType(ProblemWriter.MEDIA_TYPE));
        return new ResponseEntity<>(problem, all, problem.status());
    }
}
