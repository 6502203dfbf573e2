package dev.sandkeep.server.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The map of ARCHITECTURE.md, as rules. Features see each other's public classes only: Java itself takes care of that. */
class ArchitectureTest {
    private static final String SERVER = "dev.sandkeep.server.";

    /** Which feature may use which others, besides the platform, the events and the providers' interface. */
    private static final Map<String, List<String>> MAY_USE = Map.ofEntries(
            Map.entry("events", List.of()),
            Map.entry("findings", List.of()),
            Map.entry("metrics", List.of()),
            Map.entry("organizations", List.of()),
            Map.entry("accounts", List.of("organizations")),
            Map.entry("computes", List.of("organizations", "profiles")),
            Map.entry("profiles", List.of("organizations")),
            Map.entry("snapshots", List.of("organizations", "profiles", "computes")),
            Map.entry("schedules", List.of("organizations", "profiles", "snapshots")),
            Map.entry("volumes", List.of("organizations", "profiles", "computes")),
            Map.entry("sessions", List.of("organizations", "profiles", "snapshots", "volumes", "computes")));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.sandkeep.server");

    @Test
    void features_depend_on_each_other_without_cycles() {
        check(slices().matching(SERVER + "(*)..").should().beFreeOfCycles());
    }

    @Test
    void the_parts_of_the_platform_depend_on_each_other_without_cycles() {
        check(slices().matching(SERVER + "platform.(*)..").should().beFreeOfCycles());
    }

    @Test
    void a_feature_uses_only_what_the_map_shows() {
        MAY_USE.forEach((feature, others) -> {
            List<String> allowed = new ArrayList<>(others);
            allowed.addAll(List.of(feature, "platform", "events", "findings"));
            String[] packages =
                    allowed.stream().map(name -> SERVER + name + "..").toArray(String[]::new);
            check(noClasses()
                    .that()
                    .resideInAPackage(SERVER + feature + "..")
                    .should()
                    .dependOnClassesThat(
                            resideInAPackage("dev.sandkeep.server..").and(not(resideInAnyPackage(packages)))));
        });
    }

    @Test
    void the_platform_knows_no_feature() {
        check(noClasses()
                .that()
                .resideInAPackage(SERVER + "platform..")
                .should()
                .dependOnClassesThat(
                        resideInAPackage("dev.sandkeep.server..").and(not(resideInAPackage(SERVER + "platform..")))));
    }

    @Test
    void providers_are_known_by_their_interface_only() {
        check(noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.sandkeep.linux..", "dev.sandkeep.cli..", "dev.sandkeep.bench.."));
    }

    @Test
    void controllers_hold_no_sql_and_open_no_transactions() {
        check(noClasses()
                .that()
                .haveSimpleNameEndingWith("Controller")
                .and()
                .doNotHaveSimpleName("HealthController")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework.jdbc..", "org.springframework.transaction.."));
    }

    @Test
    void the_embedded_database_knows_nothing_of_spring() {
        check(noClasses()
                .that()
                .resideInAnyPackage(
                        SERVER + "platform.postgres..", SERVER + "platform.config..", SERVER + "platform.data..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.springframework.."));
    }

    @Test
    void the_doctor_and_backups_start_without_spring() {
        check(noClasses()
                .that()
                .resideInAnyPackage(SERVER + "doctor..", SERVER + "backup..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.springframework.."));
    }

    @Test
    void time_is_asked_of_the_clock_only() {
        check(noClasses()
                .should()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis"));
    }

    @Test
    void beans_are_given_to_constructors() {
        check(noFields().should().beAnnotatedWith(org.springframework.beans.factory.annotation.Autowired.class));
    }

    @Test
    void names_say_the_domain_word() {
        check(classes()
                .should()
                .haveNameNotMatching(".*\\.[^.$]*(Manager|Helper|Util|Utils|Impl|Data|Info|Processor)"));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(CLASSES);
    }
}
