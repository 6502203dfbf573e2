package dev.sandkeep.server.platform.security;

import java.util.List;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;

/** Another way in beside API keys: a feature above the platform opens it. */
public interface Entrance {
    /** Adds what it needs to the one chain that every request passes. */
    void open(HttpSecurity http);

    /** Paths that need nobody to be known, as patterns; what is behind them looks after itself. */
    List<String> openPaths();
}
