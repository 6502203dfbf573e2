package dev.sandkeep.server.backup;

import dev.sandkeep.server.platform.config.Configuration;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.config.WrongUsage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/**
 * {@code sandkeep backup}: backup and restore of a whole installation.
 *
 * <p>Exits with 0 when it was done, 1 when not, 2 when it was called wrongly.
 */
public final class BackupMain {
    private static final String USAGE = """
            Usage: sandkeep backup create DIRECTORY [--stop-server] [--data DIRECTORY] [--json]
                   sandkeep backup restore DIRECTORY [--replace] [--database-restored] [--data DIRECTORY] [--json]
                   sandkeep backup verify DIRECTORY [--json]
                   sandkeep backup show DIRECTORY [--json]

            create writes everything that the installation keeps into DIRECTORY, as it is at one moment: data
            directory, volumes and embedded database. It has to stop the server for a while (--stop-server);
            sandboxes stand still meanwhile and then go on.
            restore puts a backup back, on this machine or another one. --replace renames what is there.
            verify reads a backup and compares every digest; show says what it is.
            docs/operations.md tells what is in a backup and what is not.
            """;

    private final PrintStream out;
    private final PrintStream say;

    private BackupMain(PrintStream out, PrintStream say) {
        this.out = out;
        this.say = say;
    }

    /** Runs it. */
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        int exit;
        try {
            exit = new BackupMain(out, System.err).run(BackupOptions.parse(List.of(arguments)));
        } catch (WrongUsage wrong) {
            System.err.println("sandkeep: " + wrong.getMessage() + System.lineSeparator() + USAGE);
            exit = 2;
        } catch (StartFailure failure) {
            System.err.println(failure.forPeople());
            exit = 1;
        } catch (IOException e) {
            System.err.println("sandkeep: it could not be done: " + e.getMessage());
            exit = 1;
        } catch (InterruptedException e) {
            exit = 1;
        }
        out.flush();
        System.exit(exit);
    }

    private int run(BackupOptions options) throws IOException, InterruptedException {
        if (options.help()) {
            out.print(USAGE);
            return 0;
        }
        Path backup = options.directory();
        Manifest manifest = switch (options.verb()) {
            case "create" -> create(options);
            case "restore" -> restore(options);
            case "verify" -> verify(backup);
            default -> Manifest.read(backup);
        };
        if (options.json()) {
            out.print(Files.readString(backup.resolve(Manifest.FILE)));
        } else {
            describe(backup, manifest);
        }
        return 0;
    }

    private Manifest create(BackupOptions options) throws IOException, InterruptedException {
        Manifest made = new CreateBackup(settings(options), say, Clock.systemUTC())
                .run(options.directory(), options.stopServer());
        say.println("done. Check it any time with: sandkeep backup verify " + options.directory());
        return made;
    }

    private Manifest restore(BackupOptions options) throws IOException, InterruptedException {
        SandkeepProperties settings = settings(options);
        Manifest restored = new RestoreBackup(settings, say, Clock.systemUTC())
                .run(options.directory(), options.replace(), options.databaseRestored());
        say.println("restored " + settings.data() + " as of " + restored.takenAt()
                + ". Start it with: sandkeep server start --data " + settings.data());
        say.println("Sandboxes that ran then are stopped now; persistent ones resume with what they had.");
        return restored;
    }

    private static SandkeepProperties settings(BackupOptions options) {
        return Configuration.load(options.settings(), System.getenv(), System.getProperties());
    }

    private static Manifest verify(Path backup) throws IOException {
        Manifest manifest = Manifest.read(backup);
        for (Manifest.Part part : manifest.parts()) {
            ArchiveFile.verify(backup, part);
        }
        return manifest;
    }

    private void describe(Path backup, Manifest manifest) {
        out.println("backup        " + backup);
        out.println("taken         " + manifest.takenAt() + " on " + manifest.machine() + " (" + manifest.architecture()
                + ")");
        out.println("installation  " + manifest.installation() + ", Sandkeep " + manifest.sandkeep());
        out.println("database      "
                + manifest.postgres()
                        .map(major -> "embedded PostgreSQL " + major)
                        .orElse("external: not in here, restore the dump that was made with it"));
        manifest.volumesElsewhere().ifPresent(place -> out.println("volumes       were in " + place));
        out.println("size          " + (manifest.bytes() >> 20) + " MiB in "
                + manifest.parts().size() + " archives, " + (manifest.unpacked() >> 20) + " MiB unpacked");
    }
}
