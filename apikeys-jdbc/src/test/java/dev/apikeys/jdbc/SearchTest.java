package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.WriteSet;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a search and a session's settings must not change. */
class SearchTest {

    private static final List<String> TEXTS = List.of(
            "payroll",
            "PayRoll",
            "100%",
            "a_b",
            "axb",
            "back\\slash",
            "it's",
            "\"quoted\"",
            "ISTANBUL",
            "istanbul",
            "\u0130stanbul",
            "\u0131stanbul",
            "STRA\u00dfE",
            "strasse",
            "\u00c4pfel",
            "\u00e4pfel",
            "\u039f\u0394\u039f\u03a3",
            "\u03bf\u03b4\u03cc\u03c2",
            "\u03bf\u03b4\u03bf\u03c3x",
            "key \ud83d\udd11 one",
            "KEY \ud83d\udd11",
            "e\u0301t\u00e9",
            "\u212aelvin",
            "kelvin",
            "[a-z]",
            "!%!_!!",
            "x; DROP TABLE y --",
            "?",
            "{\"a\":1}");

    @ParameterizedTest
    @EnumSource(Product.class)
    void aSearchLeavesOutNothingThatMatches(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            List<KeyRow> rows = IntStream.range(0, TEXTS.size())
                    .mapToObj(i -> KeyRow.builder("ak_" + (char) ('a' + i), Rows.HASH, i % 2 == 0 ? TEXTS.get(i) : "n")
                            .owner(i % 2 == 1 ? TEXTS.get(i) : null)
                            .build())
                    .toList();
            store.write(Rows.inserts(rows));
            for (String text : TEXTS) {
                for (String part : List.of(text, secondHalf(text), text.substring(0, 1), swapped(text), "AK_B")) {
                    KeyFilter filter = KeyFilter.builder().matching(part).build();
                    List<KeyRow> found =
                            store.list(filter, Order.OLDEST_FIRST, null, 100, 0).rows();
                    assertThat(found)
                            .as(part)
                            .containsAll(rows.stream()
                                    .filter(row -> filter.matches(row, 0))
                                    .toList());
                }
            }
            for (String wild : List.of("%", "_", "\\", "a%b", "a_x")) {
                KeyFilter filter = KeyFilter.builder().matching(wild).build();
                assertThat(store.list(filter, Order.OLDEST_FIRST, null, 100, 0).rows())
                        .as(wild)
                        .allMatch(row -> filter.matches(row, 0));
            }
        }
    }

    private static String secondHalf(String text) {
        return text.substring(text.offsetByCodePoints(0, text.codePointCount(0, text.length()) / 2));
    }

    /** With the case of A to Z swapped, and of no other letter. */
    private static String swapped(String text) {
        StringBuilder swapped = new StringBuilder();
        for (char c : text.toCharArray()) {
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            swapped.append(letter ? (char) (c ^ 0x20) : c);
        }
        return swapped.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "POSTGRESQL, SET TIME ZONE 'Asia/Kolkata'",
        "MARIADB, SET time_zone = '+05:30'",
        "H2, SET TIME ZONE '+05:30'",
        "POSTGRESQL, SET standard_conforming_strings = off",
        "MARIADB, 'SET sql_mode = ''ANSI,NO_BACKSLASH_ESCAPES'''"
    })
    void theJournalHasTheTimeOfTheDatabaseWithAnySessionSetting(Product product, String setting) {
        try (TestDatabase database = TestDatabase.of(product)) {
            HikariConfig configuration = database.configuration(1);
            configuration.setConnectionInitSql(setting);
            DataSource pool = database.pool(configuration);
            JdbcSchema.create(pool);
            JdbcSchema.validate(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            KeyRow row = Rows.builder("a").owner("back\\slash'").build();
            long before = System.currentTimeMillis();
            store.write(WriteSet.builder().insert(row).journal(Rows.journal(1)).build());
            long after = System.currentTimeMillis();

            assertThat(store.find("a")).isEqualTo(row);
            assertThat(store.journal(JournalRow.Filter.ALL, null, 1).get(0).time())
                    .isBetween(before - 1_000, after + 1_000);
        }
    }
}
