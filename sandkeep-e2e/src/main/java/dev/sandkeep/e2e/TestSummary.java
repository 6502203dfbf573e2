package dev.sandkeep.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Adds up the JUnit XML reports of one test run and closes it with one line: {@code 12 passed, 0 failed, 1 skipped}.
 *
 * <p>{@code ./sandkeep test} runs this file from its source, so it uses nothing but the JDK.
 *
 * <pre>
 * TestSummary [--build-failed] [--never-skip PREFIX] FOLDER...
 *   --build-failed       the build ended with an error, which the exit code then repeats
 *   --never-skip PREFIX  a skipped test of a class whose name begins with PREFIX fails the run
 *   FOLDER               a folder with TEST-*.xml reports; one that is not there counts as empty
 * </pre>
 */
public final class TestSummary {

    enum Outcome {
        PASSED,
        FAILED,
        SKIPPED
    }

    /** One test. The reason is the first line of what the report says about a failure or a skip, else empty. */
    record TestRun(String className, String name, Outcome outcome, String reason) {
        @Override
        public String toString() {
            // A whole class that failed or was skipped is reported without a name.
            String test = name.isBlank() ? className : className + "." + name;
            return reason.isBlank() ? test : test + ": " + reason;
        }
    }

    private final List<TestRun> tests;

    TestSummary(List<TestRun> tests) {
        this.tests = List.copyOf(tests);
    }

    /**
     * Prints the summary of the given report folders.
     *
     * @param arguments see the comment of this class
     * @throws IOException when a report can't be read
     */
    public static void main(String[] arguments) throws IOException {
        boolean buildFailed = false;
        String neverSkip = "";
        List<Path> folders = new ArrayList<>();
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--build-failed" -> buildFailed = true;
                case "--never-skip" -> neverSkip = arguments[++i];
                default -> folders.add(Path.of(arguments[i]));
            }
        }
        TestSummary summary = read(folders);
        System.exit(summary.print(System.out, buildFailed, neverSkip) ? 0 : 1);
    }

    static TestSummary read(List<Path> folders) throws IOException {
        List<TestRun> tests = new ArrayList<>();
        for (Path folder : folders) {
            for (Path report : reportsIn(folder)) {
                try {
                    tests.addAll(read(report));
                } catch (XMLStreamException e) {
                    throw new IOException("The test report " + report + " is not complete", e);
                }
            }
        }
        return new TestSummary(tests);
    }

    private static List<Path> reportsIn(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
                    .sorted()
                    .toList();
        }
    }

    private static List<TestRun> read(Path report) throws IOException, XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        List<TestRun> tests = new ArrayList<>();
        try (InputStream content = Files.newInputStream(report)) {
            XMLStreamReader xml = factory.createXMLStreamReader(content, UTF_8.name());
            while (xml.hasNext()) {
                if (xml.next() == XMLStreamConstants.START_ELEMENT
                        && xml.getLocalName().equals("testcase")) {
                    tests.add(readTest(xml));
                }
            }
        }
        return tests;
    }

    /** Reads from the start of a testcase element to its end. */
    private static TestRun readTest(XMLStreamReader xml) throws XMLStreamException {
        String className = attribute(xml, "classname");
        String name = attribute(xml, "name");
        Outcome outcome = Outcome.PASSED;
        String reason = "";
        while (true) {
            int event = xml.next();
            if (event == XMLStreamConstants.END_ELEMENT && xml.getLocalName().equals("testcase")) {
                return new TestRun(className, name, outcome, reason);
            }
            if (event == XMLStreamConstants.START_ELEMENT) {
                Outcome told = outcomeOf(xml.getLocalName());
                if (told != Outcome.PASSED) {
                    outcome = told;
                    String message = attribute(xml, "message");
                    reason = firstLine(message.isBlank() ? xml.getElementText() : message);
                }
            }
        }
    }

    private static Outcome outcomeOf(String element) {
        return switch (element) {
            case "failure", "error" -> Outcome.FAILED;
            case "skipped" -> Outcome.SKIPPED;
            default -> Outcome.PASSED;
        };
    }

    private static String attribute(XMLStreamReader xml, String name) {
        String value = xml.getAttributeValue(null, name);
        return value == null ? "" : value;
    }

    private static String firstLine(String text) {
        return text.strip().lines().findFirst().orElse("");
    }

    /**
     * Prints failed and skipped tests and, as the last line, the sums.
     *
     * @return whether the run counts as good
     */
    boolean print(PrintStream out, boolean buildFailed, String neverSkip) {
        List<TestRun> failed = with(Outcome.FAILED);
        List<TestRun> skipped = with(Outcome.SKIPPED);
        List<TestRun> forbidden = neverSkip.isEmpty()
                ? List.of()
                : skipped.stream()
                        .filter(test -> test.className().startsWith(neverSkip))
                        .toList();
        printList(out, "Failed:", failed);
        printList(out, "Skipped:", skipped);
        if (!forbidden.isEmpty()) {
            out.println("The run fails: " + forbidden.size() + " of the skipped tests belong to " + neverSkip
                    + ", and this machine has to run those.");
        }
        if (buildFailed) {
            out.println("The run fails: the build ended with an error, which stands above.");
        }
        out.println(
                with(Outcome.PASSED).size() + " passed, " + failed.size() + " failed, " + skipped.size() + " skipped");
        return failed.isEmpty() && forbidden.isEmpty() && !buildFailed;
    }

    private List<TestRun> with(Outcome outcome) {
        return tests.stream().filter(test -> test.outcome() == outcome).toList();
    }

    private static void printList(PrintStream out, String title, List<TestRun> tests) {
        if (!tests.isEmpty()) {
            out.println(title);
            tests.forEach(test -> out.println("  " + test));
        }
    }
}
