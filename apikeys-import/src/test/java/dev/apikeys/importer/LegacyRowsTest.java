package dev.apikeys.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.importer.Remark.Kind;
import dev.apikeys.importer.RowReport.Outcome;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a row, by what its columns hold. */
class LegacyRowsTest {

    private static final Instant NOW = Instant.parse("2026-11-23T09:00:00Z");
    private static final Consumer<ImportReport> NOBODY = report -> {};

    @TempDir
    Path directory;

    private final TargetStore target = TargetStore.in(Product.H2);

    @AfterEach
    void close() {
        target.close();
    }

    private static LegacyImport.Builder from(LegacyFile file) {
        return file.legacyImport().clock(InstantSource.fixed(NOW));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", textBlock = """
                    # column     | value                         | remarks
                    PERMISSIONS  | null                          | PERMISSIONS_REPAIRED [NULL]
                    PERMISSIONS  | ' '                           | PERMISSIONS_REPAIRED [BLANK]
                    PERMISSIONS  | read                          | PERMISSIONS_REPAIRED [BARE_NAME, UNTERMINATED]
                    PERMISSIONS  | {read}                        | PERMISSIONS_REPAIRED [BRACES]
                    PERMISSIONS  | [1]                           | PERMISSIONS_QUARANTINED [NOT_A_LIST]
                    PERMISSIONS  | ["read"                       | PERMISSIONS_QUARANTINED [TRUNCATED]
                    PERMISSIONS  | ["read","admin","download"]   | PERMISSIONS_BEYOND_ROLE [admin, download]
                    PERMISSIONS  | Admin,READ                    | PERMISSIONS_REPAIRED [COMMA_LIST, UNTERMINATED, UPPER_CASE], PERMISSIONS_BEYOND_ROLE [admin]
                    ROLE         | ops                           | ROLE_UNKNOWN [ops]
                    ROLE         | ''                            | ROLE_UNKNOWN []
                    ROLE         | null                          | ROLE_MISSING
                    STATUS       | disabled                      | DISABLED
                    STATUS       | revoked                       | REVOKED
                    STATUS       | Disabled                      | DISABLED
                    STATUS       | ' DISABLED'                   | DISABLED
                    STATUS       | Revoked                       | REVOKED
                    STATUS       | REVOKED                       | REVOKED
                    STATUS       | 'revoked '                    | REVOKED
                    STATUS       | frozen                        | STATUS_UNKNOWN [frozen]
                    STATUS       | Active                        | STATUS_UNKNOWN [Active]
                    STATUS       | ''                            | STATUS_UNKNOWN []
                    STATUS       | null                          | STATUS_UNKNOWN []
                    REVOKED      | null                          |
                    REVOKED      | false                         |
                    REVOKED      | F                             |
                    REVOKED      | No                            |
                    REVOKED      | 0                             |
                    REVOKED      | TRUE                          | REVOKED
                    REVOKED      | t                             | REVOKED
                    REVOKED      | yes                           | REVOKED
                    REVOKED      | 1                             | REVOKED
                    REVOKED      | 2025-09-14T22:58:15+08:00     | REVOKED
                    REVOKED      | 1757861895                    | REVOKED
                    EXPIRES_AT   | 2026-11-23T09:00:00Z          | EXPIRED
                    EXPIRES_AT   | 1757861895                    | EXPIRED
                    EXPIRES_AT   | 2026-11-23T09:00:00.001Z      |
                    USAGE_COUNT  | null                          | USAGE_UNREADABLE [USAGE_COUNT]
                    USAGE_COUNT  | -1                            | USAGE_UNREADABLE [USAGE_COUNT]
                    USAGE_COUNT  | many                          | USAGE_UNREADABLE [USAGE_COUNT]
                    USAGE_COUNT  | 1.5                           | USAGE_UNREADABLE [USAGE_COUNT]
                    USAGE_COUNT  | 9223372036854775808           | USAGE_UNREADABLE [USAGE_COUNT]
                    LAST_USED_AT | never                         | USAGE_UNREADABLE [LAST_USED_AT]
                    LAST_USED_AT | ''                            | USAGE_UNREADABLE [LAST_USED_AT]
                    NAME         | ' a name with outer blanks '  |
                    OWNER        | Ünïcode – 部署 🔑                |
                    CREATED_BY   | 42                            |
                    UPDATED_AT   | null                          |
                    """)
    void aRowIsImportedWithItsRemarks(LegacyColumn column, String value, String remarks) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(column, value).add();
        List<ImportReport> reports = new ArrayList<>();
        from(file).into(target.pool()).apply(reports::add);
        assertThat(reports)
                .containsExactly(new RowReport("ak_1", Outcome.IMPORTED, ((RowReport) reports.get(0)).remarks()));
        assertThat(shown(reports.get(0))).isEqualTo(remarks == null ? "" : remarks);
        KeyRow row = target.find("ak_1");
        assertThat(row).isNotNull();
        switch (column) {
            case PERMISSIONS ->
                assertThat(row.permissions()).as("damage and evidence stay").isEqualTo(value);
            case ROLE -> assertThat(row.role()).isEqualTo(value);
            case OWNER -> assertThat(row.owner()).isEqualTo(value);
            case CREATED_BY -> assertThat(row.createdBy()).isEqualTo(value);
            case STATUS -> {
                assertThat(row.revokedAt()).as("never valid again").isEqualTo(ifIs(remarks, "REVOKED"));
                assertThat(remarks.startsWith("STATUS_UNKNOWN") ? null : row.disabledAt())
                        .isEqualTo(ifIs(remarks, "DISABLED"));
            }
            default -> {}
        }
        assertThat(row.status(NOW.toEpochMilli()) == KeyStatus.ACTIVE)
                .isEqualTo(remarks == null || !remarks.matches("DISABLED|REVOKED|EXPIRED|STATUS_UNKNOWN.*"));
    }

    private static Long ifIs(String remarks, String expected) {
        return remarks.equals(expected) ? millis("2025-09-03T10:00:00Z") : null;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", textBlock = """
                    # column     | value                                | remarks
                    ID           | sk_1                                 | ID_UNUSABLE
                    ID           | AK_1                                 | ID_UNUSABLE
                    ID           | ak_A                                 | ID_UNUSABLE
                    ID           | ak_                                  | ID_UNUSABLE
                    ID           | 'ak_1 '                              | ID_UNUSABLE
                    ID           | ''                                   | ID_UNUSABLE
                    KEY_HASH     | null                                 | HASH_UNUSABLE
                    KEY_HASH     | ''                                   | HASH_UNUSABLE
                    KEY_HASH     | sk_in_clear                          | HASH_UNUSABLE
                    NAME         | null                                 | NAME_UNUSABLE
                    NAME         | '  '                                 | NAME_UNUSABLE
                    CREATED_AT   | null                                 | TIME_UNREADABLE [CREATED_AT]
                    CREATED_AT   | ''                                   | TIME_UNREADABLE [CREATED_AT]
                    CREATED_AT   | 2025-09-02T10:00:00                  | TIME_UNREADABLE [CREATED_AT]
                    UPDATED_AT   | yesterday                            | TIME_UNREADABLE [UPDATED_AT]
                    EXPIRES_AT   | never                                | TIME_UNREADABLE [EXPIRES_AT]
                    EXPIRES_AT   | ''                                   | TIME_UNREADABLE [EXPIRES_AT]
                    EXPIRES_AT   | 0                                    | TIME_UNREADABLE [EXPIRES_AT]
                    EXPIRES_AT   | 20261231                             | TIME_UNREADABLE [EXPIRES_AT]
                    REVOKED      | ''                                   | TIME_UNREADABLE [REVOKED]
                    REVOKED      | maybe                                | TIME_UNREADABLE [REVOKED]
                    REVOKED      | 2                                    | TIME_UNREADABLE [REVOKED]
                    OWNER        | ''                                   | TEXT_UNUSABLE [OWNER]
                    OWNER        | ' team-a'                            | TEXT_UNUSABLE [OWNER]
                    OWNER        | 'team-a '                       | TEXT_UNUSABLE [OWNER]
                    CREATED_BY   | ' '                                  | TEXT_UNUSABLE [CREATED_BY]
                    """)
    void aRowIsSkippedAndTheReportSaysWhy(LegacyColumn column, String value, String remarks) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(column, value).add();
        file.row("ak_2").add();
        assertSkipped(file, remarks);
    }

    @Test
    void aRowIsSkippedThatNoDatabaseKeeps() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1")
                .with(LegacyColumn.PERMISSIONS, "[" + " ".repeat(16_384))
                .add();
        file.row("ak_2").add();
        assertSkipped(file, "PERMISSIONS_QUARANTINED [TOO_LONG], TEXT_UNUSABLE [PERMISSIONS]");
    }

    @Test
    void aRowIsSkippedWhoseRoleIsTooLong() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(LegacyColumn.ROLE, "r".repeat(65)).add();
        file.row("ak_2").add();
        assertSkipped(file, "ROLE_UNKNOWN [rrrrrr... (65 characters)], TEXT_UNUSABLE [ROLE]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"two\nlines", "\u0007", "\u0085"})
    void aRowIsSkippedWhoseNameHoldsControlCharacters(String name) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(LegacyColumn.NAME, name).add();
        file.row("ak_2").add();
        assertSkipped(file, "NAME_UNUSABLE");
    }

    @Test
    void aRowIsSkippedWhoseNameIsTooLong() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(LegacyColumn.NAME, "🔑".repeat(201)).add();
        file.row("ak_2").with(LegacyColumn.NAME, "🔑".repeat(200)).add();
        assertSkipped(file, "NAME_UNUSABLE");
    }

    private void assertSkipped(LegacyFile file, String remarks) {
        List<ImportReport> reports = new ArrayList<>();
        Summary summary = from(file).into(target.pool()).apply(reports::add);
        assertThat(reports)
                .filteredOn(report -> ((RowReport) report).outcome() == Outcome.SKIPPED)
                .singleElement()
                .satisfies(report -> assertThat(shown(report)).isEqualTo(remarks));
        assertThat(summary.outcomes()).isEqualTo(Map.of(Outcome.IMPORTED, 1L, Outcome.SKIPPED, 1L));
        assertThat(target.ids()).containsExactly("ak_2");
    }

    @Test
    void anInvalidHashIsNotShown() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(LegacyColumn.KEY_HASH, "sk_in_clear").add();
        List<ImportReport> reports = new ArrayList<>();
        from(file).into(target.pool()).dryRun(reports::add);
        assertThat(reports.toString()).doesNotContain("sk_");
    }

    /** In some tables the primary key is the API key itself. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0f9a3c5d7e1b2846a0c4e8d2f6b1a395",
                "3b1f8a52-7c0d-4e96-a1f3-58d27c9e6b04",
                "sk_7d1f0a3c9b5e2846a0c4e8d2f6b1a3957d1f0a3c9b5e2846a0c4e8d2f6b1a395",
                "ak_9XbQ4vKm2TzR7"
            })
    void ofAMisplacedSecretOnlyTheBeginningIsReported(String secret) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row(secret).add();
        file.row("ak_1").with(LegacyColumn.ROLE, secret).add();
        file.row("ak_2").with(LegacyColumn.STATUS, secret).add();
        List<ImportReport> reports = new ArrayList<>();
        from(file).into(target.pool()).apply(reports::add);
        String shown = secret.substring(0, 6) + "... (" + secret.length() + " characters)";
        assertThat(reports.toString())
                .contains(shown + ": SKIPPED [ID_UNUSABLE]", "ROLE_UNKNOWN [" + shown, "STATUS_UNKNOWN [" + shown)
                .doesNotContain(secret.substring(0, 7));
    }

    @Test
    void anIdThatCouldForgeALineIsEscaped() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("x\nak_1 IMPORTED" + "x".repeat(40)).add();
        List<ImportReport> reports = new ArrayList<>();
        from(file).into(target.pool()).dryRun(reports::add);
        assertThat(reports).singleElement().hasToString("x\\u000aak_1... (55 characters): SKIPPED [ID_UNUSABLE]");
    }

    @Test
    void aDescriptionIsCutAndCleaned() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(LegacyColumn.DESCRIPTION, "two\nlines").add();
        file.row("ak_2").with(LegacyColumn.DESCRIPTION, "🔑".repeat(2_001)).add();
        file.row("ak_3").with(LegacyColumn.DESCRIPTION, "🔑".repeat(2_000)).add();
        Summary summary = from(file).into(target.pool()).apply(NOBODY);
        assertThat(summary.remarks()).isEqualTo(Map.of(Kind.DESCRIPTION_CLEANED, 2L));
        assertThat(target.find("ak_1").description()).isEqualTo("two lines");
        assertThat(target.find("ak_2").description()).isEqualTo("🔑".repeat(2_000));
        assertThat(target.find("ak_3").description()).isEqualTo("🔑".repeat(2_000));
    }

    @ParameterizedTest
    @CsvSource({
        "STATUS, revoked, 2030-01-01T00:00:00Z",
        "REVOKED, true, 2030-01-01T00:00:00Z",
        "REVOKED, 2030-01-01T00:00:00Z, 2025-09-03T10:00:00Z"
    })
    void aKeyThatIsRevokedLaterThanNowIsRevokedNow(LegacyColumn column, String value, String updatedAt) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1")
                .with(column, value)
                .with(LegacyColumn.UPDATED_AT, updatedAt)
                .add();
        from(file).into(target.pool()).apply(NOBODY);
        assertThat(target.find("ak_1").revokedAt()).isEqualTo(NOW.toEpochMilli());
    }

    @Test
    void theEarlierRevocationCounts() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1")
                .with(LegacyColumn.STATUS, "revoked")
                .with(LegacyColumn.REVOKED, "2025-09-02T11:00:00Z")
                .add();
        file.row("ak_2")
                .with(LegacyColumn.STATUS, "revoked")
                .with(LegacyColumn.REVOKED, "2025-09-04T11:00:00Z")
                .add();
        file.row("ak_3")
                .with(LegacyColumn.STATUS, "revoked")
                .with(LegacyColumn.REVOKED, "0")
                .add();
        from(file).into(target.pool()).apply(NOBODY);
        assertThat(target.find("ak_1").revokedAt()).isEqualTo(millis("2025-09-02T11:00:00Z"));
        assertThat(target.find("ak_2").revokedAt()).isEqualTo(millis("2025-09-03T10:00:00Z"));
        assertThat(target.find("ak_3").revokedAt()).isEqualTo(millis("2025-09-03T10:00:00Z"));
        assertThat(target.find("ak_3").revokedReason()).isEqualTo("revoked before the import");
    }

    @Test
    void aLastUseThatLiesAheadIsCutToNow() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(LegacyColumn.LAST_USED_AT, "2030-01-01T00:00:00Z").add();
        file.row("ak_2").with(LegacyColumn.LAST_USED_AT, "2026-01-01T00:00:00Z").add();
        file.row("ak_3").with(LegacyColumn.LAST_USED_AT, "never").add();
        from(file).into(target.pool()).apply(NOBODY);
        assertThat(target.find("ak_1").lastUsedAt()).isEqualTo(NOW.toEpochMilli());
        assertThat(target.find("ak_2").lastUsedAt()).isEqualTo(millis("2026-01-01T00:00:00Z"));
        assertThat(target.find("ak_3").lastUsedAt()).isNull();
    }

    @Test
    void aRowThatWasNeverChangedWasChangedAtItsCreation() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(LegacyColumn.UPDATED_AT, null).add();
        from(file).into(target.pool()).apply(NOBODY);
        assertThat(target.find("ak_1").updatedAt()).isEqualTo(millis("2025-09-02T10:00:00Z"));
    }

    private static long millis(String time) {
        return Instant.parse(time).toEpochMilli();
    }

    @Test
    void anUnknownStatusIsDisabledFromNowOn() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(LegacyColumn.STATUS, "frozen").add();
        from(file).into(target.pool()).apply(NOBODY);
        assertThat(target.find("ak_1").disabledAt()).isEqualTo(NOW.toEpochMilli());
    }

    @Test
    void rowsThatShareAHashAreAllSkipped() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(LegacyColumn.KEY_HASH, "AB".repeat(32)).add();
        file.row("ak_2")
                .with(LegacyColumn.KEY_HASH, "ab".repeat(32))
                .with(LegacyColumn.STATUS, "revoked")
                .add();
        file.row("ak_3").add();
        file.row("ak_4").with(LegacyColumn.KEY_HASH, "").add();
        file.row("ak_5").with(LegacyColumn.KEY_HASH, "").add();
        String base64 = "DX8RgDg0MH4Kidvz5hSFyapOFWStXA/wtIB9S9wzOCQ=";
        file.row("ak_6").with(LegacyColumn.KEY_HASH, base64).add();
        file.row("ak_7").with(LegacyColumn.KEY_HASH, base64).add();
        Summary summary = from(file).into(target.pool()).apply(NOBODY);
        assertThat(summary.remarks()).isEqualTo(Map.of(Kind.HASH_SHARED, 4L, Kind.HASH_UNUSABLE, 2L, Kind.REVOKED, 1L));
        assertThat(target.ids()).containsExactly("ak_3");
    }

    private static String shown(ImportReport report) {
        List<Remark> remarks = ((RowReport) report).remarks();
        return String.join(", ", remarks.stream().map(Remark::toString).toList());
    }
}
