package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.apikeys.casbin.CasbinAuthorizer;
import dev.apikeys.http.Admin;
import dev.apikeys.importer.LegacyImport;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.micrometer.ApiKeysMetrics;
import dev.apikeys.servlet.ApiKeyFilter;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spring.ApiKeysDataSource;
import java.net.URL;
import java.util.List;
import java.util.stream.Stream;

/** The main classes of the published modules, and nothing else of the class path; the TCK, which is tests, apart. */
final class PublishedClasses {

    /** One class of each published module, by which its jar or directory is found. */
    private static final List<Class<?>> MARKERS = List.of(
            ApiKeyStore.class,
            InMemoryApiKeyStore.class,
            CasbinAuthorizer.class,
            JdbcApiKeyStore.class,
            LegacyImport.class,
            Admin.class,
            ApiKeyFilter.class,
            ApiKeysMetrics.class,
            ApiKeysDataSource.class);

    private PublishedClasses() {}

    static JavaClasses get() {
        return new ClassFileImporter().importUrls(locations().toList());
    }

    private static Stream<URL> locations() {
        return MARKERS.stream()
                .map(marker -> marker.getProtectionDomain().getCodeSource().getLocation());
    }
}
