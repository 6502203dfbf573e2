package dev.sandkeep.e2e;

/** What most tests start sessions from: plain Debian with three prepared files, quickly built. */
final class TinyProfile {
    static final String YAML = """
            baseImage: {debian: bookworm}
            files:
              - path: /etc/codex/config.toml
                content: |
                  model = "example"
            setupScript: |
              echo prepared > /root/prepared
              mkdir /opt/tools
              echo snapshot > /opt/tools/version
            checks:
              - test -s /opt/tools/version
            usePersistentSandboxes: true
            limits: {memoryMiB: 256, cpus: 1.0, pids: 128, diskMiB: 512}
            """;

    private TinyProfile() {}
}
