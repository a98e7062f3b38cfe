package dev.apikeys.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.KeyFormat;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.Pepper;
import dev.apikeys.Verification;
import dev.apikeys.Verification.Code;
import dev.apikeys.importer.RowReport.Outcome;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.TestDatabase;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.KeyRow;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of the source service, row by row, against what a person expects of it. */
class LegacyFixtureTest {

    private static final String ID = "ak_175786189516004270";
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-23T09:00:00Z"));

    @TempDir
    Path directory;

    /**
     * What is expected of a row.
     *
     * @param digit the last digit of its id, of which its secret is made
     * @param permissions the stored text, to the character
     * @param remarks as they are printed
     * @param changed when it was created, and changed
     * @param granted empty, or names with commas between
     */
    private record Expected(
            char digit,
            String name,
            String description,
            String role,
            String permissions,
            List<String> remarks,
            long usageCount,
            String changed,
            Code code,
            String granted) {}

    private static final List<Expected> EXPECTED = List.of(
            new Expected(
                    '0',
                    "Star",
                    null,
                    "admin",
                    "[\" read\\,\\download\\,\\upload\\,\\admin\\]",
                    List.of("PERMISSIONS_REPAIRED [QUOTES_STRIPPED]"),
                    0,
                    "2025-09-14T14:58:15.160Z",
                    Code.VALID,
                    "admin,download,read,upload"),
            new Expected(
                    '1',
                    "nightly backup",
                    "pulls the archive",
                    "download_only",
                    "[\"download\"]",
                    List.of(),
                    1841,
                    "2025-08-31T18:04:18.372Z",
                    Code.VALID,
                    "download"),
            new Expected(
                    '2',
                    "Ünïcode – 部署 🔑",
                    "emoji in the name",
                    "read_upload",
                    "[\"read\",\"upload\"]",
                    List.of(),
                    7,
                    "2025-09-02T10:00:00Z",
                    Code.VALID,
                    "read,upload"),
            new Expected(
                    '3',
                    "O'Brien; DROP TABLE api_keys;--",
                    null,
                    "read_only",
                    "[\"read\"]",
                    List.of(),
                    0,
                    "2025-09-03T10:00:00Z",
                    Code.VALID,
                    "read"),
            new Expected(
                    '4',
                    "no permissions",
                    null,
                    "read_only",
                    null,
                    List.of("PERMISSIONS_REPAIRED [NULL]"),
                    12,
                    "2025-09-04T10:00:00Z",
                    Code.VALID,
                    ""),
            new Expected(
                    '5',
                    "cut off",
                    null,
                    "admin",
                    "[\"read\",\"downl",
                    List.of("PERMISSIONS_QUARANTINED [TRUNCATED]"),
                    3,
                    "2025-09-05T10:00:00Z",
                    Code.CORRUPT_RECORD,
                    ""),
            new Expected(
                    '6',
                    "twice encoded",
                    null,
                    "read_upload",
                    "\"[\\\"read\\\",\\\"upload\\\"]\"",
                    List.of("PERMISSIONS_REPAIRED [DOUBLE_ENCODED]"),
                    5,
                    "2025-09-06T10:00:00Z",
                    Code.VALID,
                    "read,upload"),
            new Expected(
                    '7',
                    "revoked long ago",
                    null,
                    "admin",
                    "[\"read\",\"download\",\"upload\",\"admin\"]",
                    List.of("REVOKED"),
                    99,
                    "2025-01-06T10:00:00Z",
                    Code.REVOKED,
                    "admin,download,read,upload"),
            new Expected(
                    '8',
                    "Complete Test Key",
                    null,
                    "admin",
                    "[\"read\",\"download\",\"upload\",\"admin\"]",
                    List.of(),
                    0,
                    "2025-09-14T18:04:18.372Z",
                    Code.VALID,
                    "admin,download,read,upload"),
            new Expected(
                    '9',
                    "comma list",
                    null,
                    "read_upload",
                    "read,upload",
                    List.of("PERMISSIONS_REPAIRED [COMMA_LIST, UNTERMINATED]", "DISABLED"),
                    0,
                    "2025-09-07T10:00:00Z",
                    Code.DISABLED,
                    "read,upload"));

    @ParameterizedTest
    @EnumSource(Product.class)
    void everyRowComesToWhatIsExpectedOfIt(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            LegacyFile file = LegacyFile.ofTheIncident(directory);
            List<List<String>> before = file.content();
            DataSource pool = database.pool();
            JdbcApiKeyStore store = store(pool);
            LegacyImport legacy = file.legacyImport().clock(CLOCK).into(pool);

            List<ImportReport> foreseen = new ArrayList<>();
            Summary expected = legacy.dryRun(foreseen::add);
            assertThat(store.find(ID + "0")).as("a dry run writes nothing").isNull();
            assertThat(Target.in(pool, "apikeys_").marks().find("api_keys")).isEmpty();

            List<ImportReport> reports = new ArrayList<>();
            assertThat(legacy.apply(reports::add)).isEqualTo(expected);
            assertThat(reports).isEqualTo(foreseen);
            checkReports(reports.stream().map(RowReport.class::cast).toList());
            checkSummary(expected);
            checkRows(store);
            checkVerification(store);
            assertThat(file.content()).as("the legacy table stays as it was").isEqualTo(before);
        }
    }

    private static JdbcApiKeyStore store(DataSource pool) {
        JdbcSchema.create(pool);
        JdbcSchema.validate(pool);
        return JdbcApiKeyStore.create(pool);
    }

    private static void checkReports(List<RowReport> reports) {
        assertThat(reports)
                .extracting(RowReport::id)
                .containsExactlyElementsOf(
                        EXPECTED.stream().map(row -> ID + row.digit).toList());
        assertThat(reports).extracting(RowReport::outcome).containsOnly(Outcome.IMPORTED);
        for (int i = 0; i < reports.size(); i++) {
            assertThat(reports.get(i).remarks())
                    .as("row %s", i)
                    .extracting(Remark::toString)
                    .isEqualTo(EXPECTED.get(i).remarks);
        }
    }

    private static void checkSummary(Summary summary) {
        assertThat(summary)
                .isEqualTo(new Summary(
                        10,
                        Map.of(Outcome.IMPORTED, 10L),
                        Map.of(
                                Remark.Kind.PERMISSIONS_REPAIRED, 4L,
                                Remark.Kind.PERMISSIONS_QUARANTINED, 1L,
                                Remark.Kind.DISABLED, 1L,
                                Remark.Kind.REVOKED, 1L),
                        0,
                        0,
                        List.of()));
    }

    private static void checkRows(JdbcApiKeyStore store) {
        for (Expected row : EXPECTED) {
            String hash = LegacyFile.hash(LegacyFile.secret(row.digit));
            long changed = Instant.parse(row.changed).toEpochMilli();
            assertThat(store.find(ID + row.digit))
                    .isEqualTo(KeyRow.builder(ID + row.digit, "sha256$$" + hash, row.name)
                            .lookup(hash)
                            .description(row.description)
                            .role(row.role)
                            .permissions(row.permissions)
                            .createdAt(changed)
                            .updatedAt(changed)
                            .revokedAt(row.code == Code.REVOKED ? changed : null)
                            .revokedReason(row.code == Code.REVOKED ? "revoked before the import" : null)
                            .disabledAt(row.code == Code.DISABLED ? changed : null)
                            .usageCount(row.usageCount)
                            .build());
        }
    }

    private static void checkVerification(JdbcApiKeyStore store) {
        try (ApiKeyManager keys = manager(store).build()) {
            for (Expected row : EXPECTED) {
                Verification verification = keys.verify(LegacyFile.secret(row.digit));
                assertThat(verification.code()).as(row.name).isEqualTo(row.code);
                ApiKey key = verification.provenKey().orElseThrow();
                assertThat(key.id()).isEqualTo(KeyId.of(ID + row.digit));
                assertThat(String.join(",", new TreeSet<>(key.granted()))).isEqualTo(row.granted);
            }
            long misses = keys.stats().cacheMisses();
            assertThat(keys.verify(LegacyFile.secret('1'), Access.permission("download"))
                            .code())
                    .isEqualTo(Code.VALID);
            assertThat(keys.stats().cacheMisses())
                    .as("cached like a native key")
                    .isEqualTo(misses);
            assertThat(keys.list(KeyQuery.all()).items()).hasSize(10);
            mendQuarantined(keys);
        }
        try (ApiKeyManager keys =
                ApiKeys.builder(store).clock(CLOCK).maintainedByHost().build()) {
            assertThat(keys.verify(LegacyFile.secret('1')).code())
                    .as("a format that is not registered")
                    .isEqualTo(Code.MALFORMED);
        }
        Pepper pepper = Pepper.of("2026-11", new byte[32]);
        try (ApiKeyManager keys = manager(store).pepper(pepper).build()) {
            assertThat(keys.verify(LegacyFile.secret('1')).code()).isEqualTo(Code.SECRET_MISMATCH);
        }
    }

    private static ApiKeys.Builder manager(JdbcApiKeyStore store) {
        return ApiKeys.builder(store)
                .alsoAccept(KeyFormat.sha64Hex())
                .clock(CLOCK)
                .maintainedByHost();
    }

    private static void mendQuarantined(ApiKeyManager keys) {
        KeyId cutOff = KeyId.of(ID + "5");
        assertThat(keys.permissionRepair().inspect(KeyQuery.all()).items())
                .filteredOn(finding -> finding.grade() == Grade.QUARANTINED)
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.id()).isEqualTo(cutOff);
                    assertThat(finding.stored()).isEqualTo("[\"read\",\"downl");
                });
        keys.permissionRepair().set(cutOff, Set.of("read", "download"));
        assertThat(keys.verify(LegacyFile.secret('5'), Access.permission("download"))
                        .code())
                .isEqualTo(Code.VALID);
    }
}
