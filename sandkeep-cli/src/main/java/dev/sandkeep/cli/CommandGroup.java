package dev.sandkeep.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** A noun, whose verbs are its commands; by itself it does nothing but to say which there are. */
abstract class CommandGroup implements Runnable {
    @ParentCommand
    Sandkeep root;

    @Spec
    CommandSpec spec;

    @Override
    public final void run() {
        throw Sandkeep.missingCommand(spec);
    }
}
