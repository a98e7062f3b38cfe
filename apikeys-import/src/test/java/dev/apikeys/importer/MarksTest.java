package dev.apikeys.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows, journal row and mark, in the databases that stores can be in. */
class MarksTest {

    private static final String PREFIX = "apikeys_";

    @ParameterizedTest
    @EnumSource(Product.class)
    void rowsJournalAndMarkMoveTogetherOrNotAtAll(Product product) {
        try (TargetStore store = TargetStore.in(product)) {
            Target target = Target.in(store.pool(), PREFIX);
            Marks marks = target.marks();
            assertThat(marks.find("a")).as("without a table").isEmpty();
            marks.create();
            marks.create();
            assertThat(marks.find("a")).isEmpty();
            assertThat(target.write("a", null, "m1", rows("ak_3", "ak_1"), journal(1)))
                    .isTrue();
            assertThat(marks.find("a")).contains("m1");
            assertThat(marks.find("A")).as("told apart by case").isEmpty();
            assertThat(marks.find("a ")).as("told apart by blanks").isEmpty();
            assertThat(store.rows()).isEqualTo(rows("ak_1", "ak_3"));
            assertThat(store.journal()).singleElement().satisfies(row -> {
                assertThat(row.toBuilder().time(0).build()).isEqualTo(journal(1));
                assertThat(row.time()).isPositive();
            });

            assertThatThrownBy(() -> target.write("a", "m1", "m2", rows("ak_2", "ak_3"), journal(2)))
                    .isInstanceOfSatisfying(
                            KeyExistsException.class, e -> assertThat(e.keyId()).contains("ak_3"));
            assertThatThrownBy(() -> target.write("a", "m1", "m2", rows("ak_2"), journal(1)))
                    .isInstanceOfSatisfying(
                            KeyExistsException.class,
                            e -> assertThat(e.keyId()).contains(journal(1).id()));
            assertThat(store.ids()).containsExactly("ak_1", "ak_3");
            assertThat(store.journal()).hasSize(1);
            assertThat(marks.find("a")).contains("m1");

            assertThat(target.write("a", "m1", "m2", List.of(), journal(3))).isTrue();
            assertThat(store.journal()).as("nothing was imported").hasSize(1);
            assertThat(target.write("b", null, "m2", rows("ak_2"), journal(4))).isTrue();
            assertThat(marks.find("a")).contains("m2");
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void anImportThatExpectsAnotherMarkWritesNothing(Product product) {
        try (TargetStore store = TargetStore.in(product)) {
            Target target = Target.in(store.pool(), PREFIX);
            target.marks().create();
            assertThat(target.write("a", "m0", "m1", rows("ak_1"), journal(1))).isFalse();
            assertThat(target.marks().find("a")).isEmpty();
            assertThat(target.write("a", null, "m1", rows("ak_1"), journal(2))).isTrue();
            assertThat(target.write("a", null, "m2", rows("ak_2"), journal(3))).isFalse();
            assertThat(target.write("a", "m0", "m2", rows("ak_2"), journal(3))).isFalse();
            assertThat(target.write("a", "M1", "m2", rows("ak_2"), journal(3))).isFalse();
            assertThat(target.marks().find("a")).contains("m1");
            assertThat(store.ids()).containsExactly("ak_1");
            assertThat(store.journal()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void sourcesAndMarksOfTheGreatestLengthAreKept(Product product) {
        try (TargetStore store = TargetStore.in(product)) {
            Target target = Target.in(store.pool(), PREFIX);
            target.marks().create();
            String source = "s".repeat(150);
            String mark = "ak_" + "z".repeat(61);
            assertThat(target.write(source, null, mark, rows("ak_1"), journal(1)))
                    .isTrue();
            assertThat(target.marks().find(source)).contains(mark);
            assertThat(target.present(rows("ak_1", "ak_2"))).containsExactly("ak_1");
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aMissingTableOfTheStoreIsNamed(Product product) {
        try (TargetStore store = TargetStore.in(product)) {
            Target target = Target.in(store.pool(), PREFIX);
            target.marks().create();
            store.database().run("DROP TABLE apikeys_key");
            assertThatThrownBy(() -> target.write("a", null, "m", rows("ak_1"), journal(1)))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("JdbcSchema.create");
            assertThat(target.marks().find("a")).isEmpty();
        }
    }

    private static JournalRow journal(int number) {
        return JournalRow.builder("01jzzzzzzzzzzzzzzzzzzzzz0" + number, "IMPORTED", "system")
                .count(2)
                .build();
    }

    private static List<KeyRow> rows(String... ids) {
        return Arrays.stream(ids)
                .map(id -> KeyRow.builder(id, "sha256$$" + id, "name").build())
                .toList();
    }
}
