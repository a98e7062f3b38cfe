package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LifeOfAKeyTest {
    private static final String AFTER_THE_HAND_OFF = "3  Verification";

    private static String transcript = "";
    private static String log = "";

    @BeforeAll
    static void run() {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream toOut = new ByteArrayOutputStream();
        ByteArrayOutputStream toErr = new ByteArrayOutputStream();
        System.setOut(new PrintStream(toOut, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(toErr, true, StandardCharsets.UTF_8));
        try {
            LifeOfAKey.main(new String[0]);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        transcript = toOut.toString(StandardCharsets.UTF_8);
        log = toErr.toString(StandardCharsets.UTF_8);
    }

    @Test
    void createsAKeyForEveryStandardRole() {
        assertThat(lines())
                .anyMatch(line -> line.matches("admin ak_\\w{26} admin, download, read, upload 21 Feb 09:00"))
                .anyMatch(line -> line.matches("download_only ak_\\w{26} download 21 Feb 09:00"))
                .anyMatch(line -> line.matches("read_only ak_\\w{26} read 21 Feb 09:00"))
                .anyMatch(line -> line.matches("read_upload ak_\\w{26} read, upload 21 Feb 09:00"))
                .anyMatch(line -> line.matches("upload_only ak_\\w{26} upload 21 Feb 09:00"));
    }

    @Test
    void handsOverOnceAndReportsTheSecondClaim() {
        assertThat(lines())
                .contains(
                        "claim Claimed the first claim gets the secret",
                        "claim the same ticket again AlreadyClaimed at 23 Nov 09:02; if that was a stranger, revoke the key",
                        "claim a forged ticket Unknown no secret waits for this ticket",
                        "claim another one eleven minutes later Expired at 23 Nov 09:13");
    }

    @Test
    void verifiesGoodAndBadSecrets() {
        assertThat(lines())
                .contains(
                        "the secret that was handed over VALID 200 may read, upload",
                        "nothing MISSING 401 nothing was presented",
                        "one character mistyped BAD_CHECKSUM 401 the checksum does not fit; the store was not asked",
                        "the last five characters cut off MALFORMED 401 no secret of ours; the store was not asked",
                        "forged for this key's id SECRET_MISMATCH 401 there is such a key, with another secret",
                        "forged for an id of its own UNKNOWN 401 there is no such key",
                        "after disable DISABLED 403 since 23 Nov 09:14",
                        "after enable VALID 200 may download",
                        "after revoke REVOKED 401 since 23 Nov 09:14: found in a build log",
                        "an hour later EXPIRED 401 since 23 Nov 10:14");
    }

    @Test
    void aNarrowedKeyCannotDoWhatItsRoleCould() {
        assertThat(lines())
                .contains(
                        "admin key, to administer VALID 200 may admin, download, read, upload",
                        "narrowed admin key, to administer INSUFFICIENT_PERMISSIONS 403 may read, not admin",
                        "permissions [upload] are beyond the role read_only; allowed: [read]");
    }

    @Test
    void authorizesRoutesThroughCasbin() {
        assertThat(lines())
                .contains(
                        "GET /api/v1/files/7 200 200 403 200",
                        "POST /api/v1/files 200 403 200 200",
                        "GET /api/v1/web/admin/audit 200 403 403 403",
                        "DELETE /api/v1/web/admin/audit 403 403 403 403");
    }

    @Test
    void rotatesWithGrace() {
        assertThat(lines())
                .contains(
                        "the new secret VALID 200 may read, upload",
                        "the old secret VALID 200 may read, upload",
                        "the new secret, a day later VALID 200 may read, upload",
                        "the old secret, a day later REVOKED 401 since 24 Nov 10:14: rotated");
    }

    @Test
    void listsAndRepairsDamagedPermissionLists() {
        assertThat(lines())
                .contains(
                        "keys.list: 5 intact, 13 quarantined, 14 repaired. Each of them is listed; none breaks the page.",
                        "[\" read\\,\\download\\,\\upload\\,\\admin\\] repaired admin, download, read, upload QUOTES_STRIPPED",
                        "[\"read\",\"downl quarantined - TRUNCATED",
                        "[\"r\\u0435ad\"] quarantined - NOT_A_NAME",
                        "key whose list was cut off CORRUPT_RECORD 403 cannot read its permissions",
                        "apply: 13 quarantined left, 14 repaired rewritten. Nothing is deleted.",
                        "inspect: 12 quarantined found.",
                        "key whose list was cut off VALID 200 may download, read");
    }

    @Test
    void countsEveryUse() {
        assertThat(lines()).contains("Uses of the admin key: 6, the last on 23 Nov 10:14", "21 VALID");
    }

    @Test
    void showsASecretAndATicketOnceAndNothingOfThemAfterTheHandOff() {
        List<String> shown = Pattern.compile("(?:sk_[0-9a-z]{26}|ho)_([0-9A-Za-z]{43,})")
                .matcher(transcript)
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(shown)
                .as("one ticket and one secret are handed over")
                .hasSize(2)
                .doesNotHaveDuplicates();

        String after = transcript.substring(transcript.indexOf(AFTER_THE_HAND_OFF)) + log;
        for (String random : shown) {
            for (int at = 0; at + 10 <= random.length(); at++) {
                assertThat(after).doesNotContain(random.substring(at, at + 10));
            }
        }
    }

    @Test
    void showsNothingThatLooksLikeASecretAfterTheHandOff() {
        String after = transcript.substring(transcript.indexOf(AFTER_THE_HAND_OFF)) + log;
        assertThat(Pattern.compile("sk_|ho_|[0-9A-Za-z]{27,}")
                        .matcher(after)
                        .results()
                        .map(MatchResult::group))
                .isEmpty();
    }

    @Test
    void logsWarningsOnlyAndToStandardError() {
        assertThat(log.lines()).allMatch(line -> line.startsWith("WARN "));
        assertThat(transcript).doesNotContain("WARN");
    }

    @Test
    void fitsATerminalOf120Columns() {
        assertThat(transcript.lines().filter(line -> line.length() > 120)).isEmpty();
    }

    private static List<String> lines() {
        return transcript
                .lines()
                .map(line -> line.strip().replaceAll(" +", " "))
                .toList();
    }
}
