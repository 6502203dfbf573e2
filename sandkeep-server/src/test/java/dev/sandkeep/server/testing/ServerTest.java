package dev.sandkeep.server.testing;

import dev.sandkeep.server.SandkeepServer;
import dev.sandkeep.server.snapshots.FaultPoints;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.ContextConfiguration;

/**
 * A test against a whole server on a free port, with a real database and a {@link TestHost} to run sandboxes on. All test
 * classes share one server: each takes an organization of its own with {@link TestServer#newOrganization}, so that they do not
 * see each other. The server reconciles only when a test says so, through {@link SandboxLab}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(
        classes = SandkeepServer.class,
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"springdoc.api-docs.version=openapi_3_1", "springdoc.writer-with-order-by-keys=true"})
@ContextConfiguration(initializers = TestBoot.class)
@Import({
    FaultPoints.class,
    TestServer.class,
    SandboxLab.class,
    OpenApiFromCode.class,
    ForgottenController.class,
    SignedInPeople.class
})
public @interface ServerTest {}
