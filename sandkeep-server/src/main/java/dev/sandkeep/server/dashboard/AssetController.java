package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.OpenToAll;
import java.time.Duration;
import org.springframework.core.io.Resource;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.MediaTypeFactory;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** Serves what pages load. */
@Controller
class AssetController {
    private static final Duration FOR_EVER = Duration.ofDays(365);

    private final Assets assets;

    AssetController(Assets assets) {
        this.assets = assets;
    }

    @GetMapping(Assets.PREFIX + "{*rest}")
    @OpenToAll("the same files for everybody, as in the public source")
    ResponseEntity<Resource> asset(@PathVariable String rest) {
        Resource resource = assets.find(rest.substring(1))
                .orElseThrow(
                        () -> new SandkeepException(ProblemCode.ENDPOINT_NOT_FOUND, "There is no asset " + rest + "."));
        return ResponseEntity.ok()
                .cacheControl(CacheControl.maxAge(FOR_EVER).cachePublic().immutable())
                .contentType(MediaTypeFactory.getMediaType(resource).orElse(MediaType.APPLICATION_OCTET_STREAM))
                .body(resource);
    }
}
