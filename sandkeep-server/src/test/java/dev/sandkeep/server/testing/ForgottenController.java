package dev.sandkeep.server.testing;

import io.swagger.v3.oas.annotations.Hidden;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A mistake to be caught: an operation that names no permission. */
@RestController
@Hidden
public class ForgottenController {
    /** Where it would answer. */
    public static final String PATH = "/forgotten";

    @GetMapping(PATH)
    String answer() {
        return "nobody should read this";
    }
}
