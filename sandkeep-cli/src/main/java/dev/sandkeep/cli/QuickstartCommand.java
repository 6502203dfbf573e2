package dev.sandkeep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(name = "quickstart", description = "Show what Sandkeep does, for real, from nothing.", sortOptions = false)
final class QuickstartCommand implements Runnable {
    @ParentCommand
    Sandkeep root;

    @Override
    public void run() {}
}
