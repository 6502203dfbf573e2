package dev.sandkeep.linux.runtime;

import java.util.List;

/** What root in a sandbox may do inside its own namespaces: OCI's default set without raw sockets and device nodes. */
final class Capabilities {
    static final List<String> GRANTED = List.of(
            "CAP_AUDIT_WRITE",
            "CAP_CHOWN",
            "CAP_DAC_OVERRIDE",
            "CAP_FOWNER",
            "CAP_FSETID",
            "CAP_KILL",
            "CAP_NET_BIND_SERVICE",
            "CAP_SETFCAP",
            "CAP_SETGID",
            "CAP_SETPCAP",
            "CAP_SETUID",
            "CAP_SYS_CHROOT");

    private Capabilities() {}
}
