package dev.sandkeep.cli;

import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "completion",
        description = {
            "Print a script that completes commands and options in a shell.",
            "",
            "bash:  source <(sandkeep completion bash)",
            "zsh:   source <(sandkeep completion zsh)"
        },
        sortOptions = false)
final class CompletionCommand implements Runnable {
    enum Shell {
        bash,
        zsh
    }

    @ParentCommand
    Sandkeep root;

    @Parameters(paramLabel = "SHELL", description = "One of: ${COMPLETION-CANDIDATES}.")
    Shell shell;

    @Override
    public void run() {
        String script = AutoComplete.bash("sandkeep", CommandTree.whole(root.terminal(), Map.of()));
        if (shell == Shell.zsh) {
            root.terminal().result("autoload -U +X compinit && compinit");
        }
        root.terminal().out().print(script);
    }
}
