package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;

/** What must hold before something is done with a sandbox; each check says what does not. */
final class SandboxChecks {
    private final DataDirectory data;

    SandboxChecks(DataDirectory data) {
        this.data = data;
    }

    /** That this server works in the data directory that {@code what} lives in. */
    void requireHere(String dataDirectory, String what) {
        if (!dataDirectory.equals(data.installation())) {
            throw new SandkeepException(
                            ProblemCode.ON_OTHER_MACHINE,
                            what + " lives in data directory " + dataDirectory + "; this server works in "
                                    + data.installation() + ".")
                    .with("dataDirectory", dataDirectory);
        }
    }

    /** That its files are here. */
    void requireHere(Sandbox row) {
        requireHere(row.dataDirectory(), "Sandbox " + row.id());
    }

    static void requireNotDeleted(Sandbox row) {
        if (row.deleteWished() || row.state() == SandboxState.DELETED) {
            throw deleted(row);
        }
    }

    static void requirePersistent(Sandbox row) {
        if (!row.persistent()) {
            throw new SandkeepException(
                            ProblemCode.SANDBOX_NOT_PERSISTENT,
                            "Sandbox " + row.id() + " is ephemeral: nothing of it outlives its compute.")
                    .with("state", row.state().text());
        }
    }

    static SandkeepException deleted(Sandbox row) {
        return new SandkeepException(
                ProblemCode.SESSION_DELETED,
                "Session " + row.sessionId() + " is " + (row.state() == SandboxState.DELETED ? "" : "being ")
                        + "deleted.");
    }

    static SandkeepException busy(Sandbox row, String with) {
        return new SandkeepException(ProblemCode.SANDBOX_BUSY, "Sandbox " + row.id() + " is " + with + ".")
                .with("state", row.state().text());
    }

    static SandkeepException notStopped(Sandbox row) {
        return new SandkeepException(
                        ProblemCode.SANDBOX_NOT_STOPPED,
                        "Sandbox " + row.id() + " is " + row.state().text() + ".")
                .with("state", row.state().text());
    }

    static SandkeepException notRunning(Sandbox row) {
        String next = row.persistent() && (row.state() == SandboxState.STOPPED || row.state() == SandboxState.FAILED)
                ? "Resume it: sandkeep session resume " + row.sessionId()
                : ProblemCode.SANDBOX_NOT_RUNNING.nextStep();
        String why = row.failure()
                .map(Failure::message)
                .or(() -> row.stopReason()
                        .filter(reason -> row.state() != SandboxState.STARTING)
                        .map(reason -> "stop reason " + reason.text()))
                .map(text -> " (" + text + ")")
                .orElse("");
        return new SandkeepException(
                        ProblemCode.SANDBOX_NOT_RUNNING,
                        "Sandbox " + row.id() + " is " + row.state().text() + why + ".",
                        next)
                .with("state", row.state().text());
    }
}
