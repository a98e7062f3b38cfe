package dev.apikeys.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Actor;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.JournalEntry;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyFormat;
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
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A table such as most services keep, row by row, against what a person expects of it. */
class UsualTableTest {

    private static final String ID = "ak_usual";
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-23T09:00:00Z"));
    private static final long CREATED = 1_757_861_895_000L;

    @TempDir
    Path directory;

    /**
     * What is expected of a row.
     *
     * @param digit the last digit of its id, of which its secret is made
     * @param remarks as they are printed
     * @param code of its secret
     * @param granted empty, or names with commas between
     * @param row sets what differs from a key of no owner without anything; null if it is skipped
     */
    private record Expected(char digit, String remarks, Code code, String granted, UnaryOperator<KeyRow.Builder> row) {}

    private static final List<Expected> EXPECTED = List.of(
            new Expected(
                    '0',
                    "[]",
                    Code.VALID,
                    "read",
                    row -> row.name("nightly report")
                            .owner("42")
                            .createdBy("alice")
                            .usageCount(1841)
                            .lastUsedAt(1_757_948_295_160L)),
            new Expected(
                    '1',
                    "[EXPIRED]",
                    Code.EXPIRED,
                    "read",
                    row -> row.name("expired a year ago")
                            .owner("42")
                            .createdBy("alice")
                            .usageCount(7)
                            .createdAt(1_732_352_400_000L)
                            .updatedAt(1_732_352_400_000L)
                            .expiresAt(millis("2025-11-23T09:00:00Z"))),
            new Expected(
                    '2',
                    "[]",
                    Code.VALID,
                    "read",
                    row -> row.name("expires in a month").owner("43").expiresAt(millis("2026-12-24T09:00:00Z"))),
            new Expected(
                    '3',
                    "[REVOKED]",
                    Code.REVOKED,
                    "read,upload",
                    row -> row.name("revoked by time")
                            .owner("43")
                            .role("read_upload")
                            .permissions("[\"read\",\"upload\"]")
                            .createdBy("bob")
                            .usageCount(3)
                            .revokedAt(1_758_000_000_000L)
                            .revokedReason("revoked before the import")),
            new Expected(
                    '4',
                    "[REVOKED]",
                    Code.REVOKED,
                    "read,upload",
                    row -> row.name("revoked by flag")
                            .owner("43")
                            .role("read_upload")
                            .permissions("[\"read\",\"upload\"]")
                            .createdBy("bob")
                            .usageCount(3)
                            .createdAt(CREATED + 160)
                            .updatedAt(CREATED + 160)
                            .revokedAt(CREATED + 160)
                            .revokedReason("revoked before the import")),
            new Expected(
                    '5',
                    "[]",
                    Code.VALID,
                    "read",
                    row -> row.name("not revoked").owner("44").createdBy("bob")),
            new Expected('6', "[TIME_UNREADABLE [EXPIRES_AT]]", Code.UNKNOWN, "", null),
            new Expected('7', "[TIME_UNREADABLE [EXPIRES_AT]]", Code.UNKNOWN, "", null),
            new Expected(
                    '8', "[]", Code.VALID, "read", row -> row.name("Base64").owner("45")),
            new Expected(
                    '9',
                    "[]",
                    Code.VALID,
                    "read",
                    row -> row.name("Base64 for URLs").owner("45")),
            new Expected(
                    'a', "[]", Code.VALID, "read", row -> row.name("upper case").owner("45")),
            new Expected(
                    'b',
                    "[PERMISSIONS_REPAIRED [NULL]]",
                    Code.VALID,
                    "",
                    row -> row.name("no scopes").owner("45").permissions(null)),
            new Expected(
                    'c',
                    "[PERMISSIONS_QUARANTINED [TRUNCATED]]",
                    Code.CORRUPT_RECORD,
                    "",
                    row -> row.name("cut off").owner("46").role("admin").permissions("[\"read\",\"downl")),
            new Expected(
                    'd',
                    "[PERMISSIONS_REPAIRED [COMMA_LIST, UNTERMINATED]]",
                    Code.VALID,
                    "read,upload",
                    row -> row.name("from the office only")
                            .owner("46")
                            .role("read_upload")
                            .permissions("read,upload")),
            new Expected('e', "[HASH_SHARED]", Code.UNKNOWN, "", null),
            new Expected('f', "[REVOKED, HASH_SHARED]", Code.UNKNOWN, "", null));

    @ParameterizedTest
    @EnumSource(Product.class)
    void everyRowBecomesWhatIsExpectedOfIt(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            LegacyFile file = LegacyFile.usual(directory);
            List<List<String>> before = file.content();
            LegacyImport legacy = legacyImport(file).into(pool);

            List<ImportReport> foreseen = new ArrayList<>();
            Summary expected = legacy.dryRun(foreseen::add);
            JdbcApiKeyStore store = JdbcApiKeyStore.create(pool);
            assertThat(store.find(ID + "0")).as("a dry run writes nothing").isNull();

            List<ImportReport> reports = new ArrayList<>();
            assertThat(legacy.apply(reports::add)).isEqualTo(expected);
            assertThat(reports).isEqualTo(foreseen);
            checkReports(reports);
            checkSummary(expected);
            checkRows(store);
            checkVerification(store);
            assertThat(file.content()).as("the legacy table stays as it was").isEqualTo(before);
        }
    }

    private static LegacyImport.Builder legacyImport(LegacyFile file) {
        return file.legacyImport()
                .column(LegacyColumn.NAME, "label")
                .column(LegacyColumn.OWNER, "user_id")
                .column(LegacyColumn.KEY_HASH, "token_hash")
                .column(LegacyColumn.PERMISSIONS, "scopes")
                .without(LegacyColumn.DESCRIPTION, LegacyColumn.STATUS, LegacyColumn.UPDATED_AT)
                .as(Actor.of("ops").requestId("change 17"))
                .clock(CLOCK);
    }

    private static void checkReports(List<ImportReport> reports) {
        assertThat(reports.subList(0, 3))
                .as("columns that are not imported, once and first, those like restrictions before all others")
                .extracting(ImportReport::toString)
                .containsExactly(
                        "column ip_allowlist: NOT IMPORTED, named like a restriction",
                        "column validUntil: NOT IMPORTED, named like a restriction",
                        "column note: NOT IMPORTED");
        for (int i = 0; i < EXPECTED.size(); i++) {
            Expected expected = EXPECTED.get(i);
            RowReport report = (RowReport) reports.get(3 + i);
            assertThat(report.id()).isEqualTo(ID + expected.digit);
            assertThat(report.outcome())
                    .as(report.id())
                    .isEqualTo(expected.row == null ? Outcome.SKIPPED : Outcome.IMPORTED);
            assertThat(report.remarks()).as(report.id()).hasToString(expected.remarks);
        }
        assertThat(reports).hasSize(3 + EXPECTED.size());
    }

    private static void checkSummary(Summary summary) {
        assertThat(summary.rows()).isEqualTo(16);
        assertThat(summary.outcomes()).isEqualTo(Map.of(Outcome.IMPORTED, 12L, Outcome.SKIPPED, 4L));
        assertThat(summary.unmapped())
                .containsExactly(
                        new UnmappedColumn("ip_allowlist", true),
                        new UnmappedColumn("validUntil", true),
                        new UnmappedColumn("note", false));
    }

    private static void checkRows(JdbcApiKeyStore store) {
        for (Expected expected : EXPECTED) {
            KeyRow row = store.find(ID + expected.digit);
            if (expected.row == null) {
                assertThat(row).as("row %s", expected.digit).isNull();
                continue;
            }
            String hash = LegacyFile.hash(LegacyFile.secret(expected.digit));
            KeyRow.Builder plain = KeyRow.builder(ID + expected.digit, "sha256$$" + hash, "")
                    .lookup(hash)
                    .role("read_only")
                    .permissions("[\"read\"]")
                    .createdAt(CREATED)
                    .updatedAt(CREATED);
            assertThat(row).isEqualTo(expected.row.apply(plain).build());
        }
    }

    private static void checkVerification(JdbcApiKeyStore store) {
        try (ApiKeyManager keys = ApiKeys.builder(store)
                .alsoAccept(KeyFormat.sha64Hex())
                .clock(CLOCK)
                .maintainedByHost()
                .build()) {
            for (Expected expected : EXPECTED) {
                Verification verification = keys.verify(LegacyFile.secret(expected.digit));
                assertThat(verification.code()).as("row %s", expected.digit).isEqualTo(expected.code);
                String granted = verification
                        .provenKey()
                        .map(ApiKey::granted)
                        .map(names -> String.join(",", new TreeSet<>(names)))
                        .orElse("");
                assertThat(granted).as("row %s", expected.digit).isEqualTo(expected.granted);
            }
            assertThat(keys.journal(JournalQuery.all()).items()).singleElement().satisfies(entry -> {
                assertThat(entry.type()).isEqualTo(JournalEntry.Type.IMPORTED);
                assertThat(entry.count()).isEqualTo(12);
                assertThat(entry.keyId()).isNull();
                assertThat(entry.actor())
                        .isEqualTo(Actor.of("ops").via("import of api_keys").requestId("change 17"));
            });
        }
    }

    private static long millis(String time) {
        return Instant.parse(time).toEpochMilli();
    }
}
