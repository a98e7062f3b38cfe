package dev.apikeys.verify.rules;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import dev.apikeys.verify.planted.CallsStoreOutsideTheGate;
import dev.apikeys.verify.planted.ImportsCaffeine;
import dev.apikeys.verify.planted.ImportsJackson;
import dev.apikeys.verify.planted.ImportsJcasbin;
import dev.apikeys.verify.planted.ImportsMemoryStore;
import dev.apikeys.verify.planted.ImportsSql;
import dev.apikeys.verify.planted.RefersToStoreOutsideTheGate;
import dev.apikeys.verify.planted.casbin.ImportsCoreFromCasbin;
import dev.apikeys.verify.planted.casbin.PlantedCycleBack;
import dev.apikeys.verify.planted.http.ImportsMemoryFromHttp;
import dev.apikeys.verify.planted.http.jdk.ImportsMemoryFromServer;
import dev.apikeys.verify.planted.importer.BorrowsTwoInOneLine;
import dev.apikeys.verify.planted.importer.ImportsMemoryFromImporter;
import dev.apikeys.verify.planted.internal.gate.KnowsWhatCallersHold;
import dev.apikeys.verify.planted.internal.text.KnowsOfKeys;
import dev.apikeys.verify.planted.jdbc.BorrowsConnection;
import dev.apikeys.verify.planted.jdbc.CallsAuthorizerFromJdbc;
import dev.apikeys.verify.planted.jdbc.ImportsCoreFromJdbc;
import dev.apikeys.verify.planted.memory.ImportsCoreFromMemory;
import dev.apikeys.verify.planted.memory.PlantedCycle;
import dev.apikeys.verify.planted.micrometer.ImportsMemoryFromMicrometer;
import dev.apikeys.verify.planted.servlet.ImportsMemoryFromServlet;
import dev.apikeys.verify.planted.spi.ImportsLogger;
import dev.apikeys.verify.planted.spring.ImportsCasbinFromSpring;
import java.util.List;
import java.util.stream.Stream;

/** Which package may know which: the arrows between modules, and one importer for each library. */
final class ArrowRules {
    private static final String[] LANGUAGE = {
        "java.lang..",
        "java.util..",
        "java.time..",
        "java.io..",
        "java.nio..",
        "java.math..",
        "java.net..",
        "java.text..",
        "java.security..",
        "org.jspecify.."
    };

    private ArrowRules() {}

    static List<HouseRule> all() {
        return List.of(
                HouseRule.of(
                        "spi knows java, jspecify and itself",
                        root -> only(root + ".spi", root + ".spi"),
                        ImportsLogger.class),
                HouseRule.of(
                        "cache, concurrent, crypto and text know nothing of keys",
                        root -> only(
                                tools(root),
                                with(
                                        tools(root),
                                        "com.github.benmanes.caffeine.cache",
                                        "com.fasterxml.jackson.core..",
                                        "javax.crypto..")),
                        KnowsOfKeys.class),
                HouseRule.of(
                        "internal knows rows, and nothing that callers hold",
                        root -> only(
                                root + ".internal..",
                                root + ".internal..",
                                root + ".spi",
                                "com.github.benmanes.caffeine.cache",
                                "com.fasterxml.jackson.core..",
                                "javax.crypto..",
                                "org.slf4j.."),
                        KnowsWhatCallersHold.class),
                HouseRule.of(
                        "core knows spi, internal and the logger",
                        root -> only(root, root, root + ".spi", root + ".internal..", "javax.crypto..", "org.slf4j.."),
                        ImportsMemoryStore.class),
                HouseRule.of(
                        "memory knows spi",
                        root -> only(root + ".memory..", root + ".memory..", root + ".spi"),
                        ImportsCoreFromMemory.class),
                HouseRule.of(
                        "jdbc knows spi and java.sql",
                        root -> only(
                                root + ".jdbc..",
                                root + ".jdbc..",
                                root + ".spi",
                                root + ".internal.text",
                                "java.sql..",
                                "javax.sql.."),
                        ImportsCoreFromJdbc.class),
                HouseRule.of(
                        "the import knows core, spi and jdbc",
                        root -> only(
                                root + ".importer",
                                root + ".importer",
                                root + ".jdbc..",
                                root + ".spi",
                                root + ".internal.text",
                                root,
                                "java.sql..",
                                "javax.sql.."),
                        ImportsMemoryFromImporter.class),
                HouseRule.of(
                        "http knows core, spi, Jackson and the logger",
                        root -> only(
                                root + ".http",
                                root + ".http",
                                root + ".spi",
                                root + ".internal.concurrent",
                                root + ".internal.text",
                                root,
                                "javax.crypto..",
                                "com.fasterxml.jackson.core..",
                                "org.slf4j.."),
                        ImportsMemoryFromHttp.class),
                HouseRule.of(
                        "http.jdk knows http and the server of the JDK",
                        root -> only(
                                root + ".http.jdk", root + ".http..", root, "com.sun.net.httpserver", "org.slf4j.."),
                        ImportsMemoryFromServer.class),
                HouseRule.of(
                        "servlet knows http and servlets",
                        root -> only(root + ".servlet", root + ".servlet", root + ".http", root, "jakarta.servlet.."),
                        ImportsMemoryFromServlet.class),
                HouseRule.of(
                        "micrometer knows core and Micrometer",
                        root -> only(root + ".micrometer", root + ".micrometer", root, "io.micrometer.."),
                        ImportsMemoryFromMicrometer.class),
                HouseRule.of(
                        "the starter knows what it starts, and what a service of Spring brings",
                        root -> only(
                                root + ".spring",
                                root + ".spring",
                                root,
                                root + ".spi",
                                root + ".jdbc",
                                root + ".memory",
                                root + ".http",
                                root + ".servlet",
                                root + ".micrometer",
                                "java.sql..",
                                "javax.sql..",
                                "jakarta.servlet..",
                                "org.springframework..",
                                "org.flywaydb..",
                                "io.micrometer..",
                                "org.slf4j.."),
                        ImportsCasbinFromSpring.class),
                HouseRule.of(
                        "casbin knows spi and jcasbin",
                        root -> only(
                                root + ".casbin..",
                                root + ".casbin..",
                                root + ".spi",
                                "org.casbin..",
                                "com.googlecode.aviator.."),
                        ImportsCoreFromCasbin.class),
                HouseRule.of(
                        "no package is in a cycle", ArrowRules::noCycles, PlantedCycle.class, PlantedCycleBack.class),
                HouseRule.of(
                        "one class of core imports Jackson, and one of http",
                        root -> oneImporter("Jackson", "com.fasterxml.jackson..", root + ".internal..", root + ".http"),
                        ImportsJackson.class),
                HouseRule.of(
                        "one class imports Caffeine",
                        root -> oneImporter("Caffeine", "com.github.benmanes.caffeine..", root + ".internal.."),
                        ImportsCaffeine.class),
                HouseRule.of(
                        "only casbin imports jCasbin",
                        root -> onlyFrom(List.of(root + ".casbin.."), "org.casbin..", "com.googlecode.aviator.."),
                        ImportsJcasbin.class),
                HouseRule.of(
                        "only jdbc, the import and the starter import java.sql",
                        root -> onlyFrom(
                                List.of(root + ".jdbc..", root + ".importer", root + ".spring"),
                                "java.sql..",
                                "javax.sql.."),
                        ImportsSql.class),
                HouseRule.of(
                        "L5 one class of a package borrows connections",
                        root -> classes().should(new OneCaller("javax.sql.DataSource", "getConnection")),
                        BorrowsConnection.class,
                        BorrowsTwoInOneLine.class),
                HouseRule.of(
                        "L4 host code is called by the gates alone",
                        root -> classes()
                                .that()
                                .resideInAnyPackage(root, root + ".internal..")
                                .should(new CallHostCodeFromGatesOnly(root)),
                        CallsStoreOutsideTheGate.class,
                        RefersToStoreOutsideTheGate.class),
                HouseRule.of(
                        "L4 a store calls no host code",
                        ArrowRules::adaptersCallNoHost,
                        CallsAuthorizerFromJdbc.class));
    }

    /** The rooms of internal that any program could use. */
    private static String[] tools(String root) {
        return new String[] {
            root + ".internal.cache", root + ".internal.concurrent", root + ".internal.crypto", root + ".internal.text"
        };
    }

    private static String[] with(String[] some, String... others) {
        return Stream.of(some, others).flatMap(Stream::of).toArray(String[]::new);
    }

    private static ArchRule only(String subject, String... known) {
        return only(new String[] {subject}, known);
    }

    private static ArchRule only(String[] subjects, String... known) {
        return classes()
                .that()
                .resideInAnyPackage(subjects)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(known).or(resideInAnyPackage(LANGUAGE)));
    }

    private static ArchRule onlyFrom(List<String> importers, String... library) {
        return noClasses()
                .that(not(resideInAnyPackage(importers.toArray(String[]::new))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(library);
    }

    private static ArchRule oneImporter(String name, String library, String... importers) {
        return classes().should(new OneImporter(name, library, importers));
    }

    /** A method of their own that the interface declares is called on their own type. */
    private static ArchRule adaptersCallNoHost(String root) {
        DescribedPredicate<JavaAccess<?>> toHost = DescribedPredicate.describe(
                "on what a host may have given",
                access -> CallHostCodeFromGatesOnly.HOST.contains(
                        access.getTargetOwner().getName()));
        return noClasses()
                .that()
                .resideInAnyPackage(root + ".memory..", root + ".jdbc..")
                .should()
                .accessTargetWhere(toHost);
    }

    private static ArchRule noCycles(String root) {
        return SlicesRuleDefinition.slices()
                .assignedFrom(new SliceAssignment() {
                    @Override
                    public SliceIdentifier getIdentifierOf(JavaClass type) {
                        String name = type.getPackageName();
                        return name.equals(root) || name.startsWith(root + ".")
                                ? SliceIdentifier.of(name)
                                : SliceIdentifier.ignore();
                    }

                    @Override
                    public String getDescription() {
                        return "packages";
                    }
                })
                .should()
                .beFreeOfCycles();
    }
}
