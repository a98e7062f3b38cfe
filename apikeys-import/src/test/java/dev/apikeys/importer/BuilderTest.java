package dev.apikeys.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.apikeys.Actor;
import dev.apikeys.Roles;
import dev.apikeys.jdbc.SourceOf;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The options of an import, and what is refused. */
class BuilderTest {

    private static final DataSource NOWHERE = new SourceOf(() -> null);

    private final LegacyImport.Builder builder = LegacyImport.from(NOWHERE);

    @Test
    void nullIsRefusedByTheNameOfTheArgument() {
        assertNamed("legacy", () -> LegacyImport.from(null));
        assertNamed("table", () -> builder.table(null));
        assertNamed("column", () -> builder.column(null, "id"));
        assertNamed("column ID", () -> builder.column(LegacyColumn.ID, null));
        assertNamed("column", () -> builder.without((LegacyColumn) null));
        assertNamed("source", () -> builder.source(null));
        assertNamed("roles", () -> builder.roles(null));
        assertNamed("actor", () -> builder.as(null));
        assertNamed("clock", () -> builder.clock(null));
        assertNamed("tablePrefix", () -> builder.tablePrefix(null));
        assertNamed("target", () -> builder.into(null));
    }

    private static void assertNamed(String argument, ThrowingCallable call) {
        assertThatNullPointerException().isThrownBy(call).withMessage(argument);
    }

    @Test
    void aSecondCallOfASetterIsRefused() {
        List<Consumer<LegacyImport.Builder>> setters = List.of(
                b -> b.table("a"),
                b -> b.column(LegacyColumn.NAME, "a"),
                b -> b.source("a"),
                b -> b.roles(Roles.none()),
                b -> b.as(Actor.of("a")),
                b -> b.clock(InstantSource.system()),
                b -> b.tablePrefix("a_"));
        for (Consumer<LegacyImport.Builder> setter : setters) {
            setter.accept(builder);
            assertThatIllegalStateException()
                    .isThrownBy(() -> setter.accept(builder))
                    .withMessageContaining("was called before; call each setter of a builder once");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "1a",
                "a b",
                "a;--",
                "a\"b",
                "`a`",
                "[a]",
                "a.b",
                "a'",
                "ä",
                "a\n",
                "a/**/",
                "(SELECT 1)",
                "a234567890123456789012345678901234567890123456789012345678901234"
            })
    void aNameThatIsNoIdentifierIsRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.table(name))
                .withMessageStartingWith("table is \"")
                .withMessageEndingWith("; allowed: [A-Za-z_][A-Za-z0-9_]{0,62}");
        for (LegacyColumn column : LegacyColumn.values()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.column(column, name))
                    .withMessageStartingWith("column " + column + " is \"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", " a", "a ", "ä", "a\nb", "\u0000"})
    void aSourceThatIsNotPrintableIsRefused(String source) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.source(source))
                .withMessageContaining("allowed: 1 to 150 printable characters of ASCII");
    }

    @Test
    void namesHaveABound() {
        builder.table("a".repeat(63)).source("s".repeat(150));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LegacyImport.from(NOWHERE).source("s".repeat(151)))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
    }

    @ParameterizedTest
    @EnumSource(
            value = LegacyColumn.class,
            names = {"ID", "NAME", "KEY_HASH", "CREATED_AT"})
    void noTableIsWithoutWhatEveryKeyHas(LegacyColumn column) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.without(column))
                .withMessageContaining("columns holds " + column);
    }

    @Test
    void aColumnIsNotBothNamedAndAbsent() {
        builder.column(LegacyColumn.OWNER, "user_id").without(LegacyColumn.OWNER);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.into(NOWHERE))
                .withMessageContaining("column OWNER is user_id, but without(OWNER)");
    }

    @Test
    void aPrefixOutsideItsGrammarIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.tablePrefix("a; DROP TABLE b").into(NOWHERE))
                .withMessageContaining("tablePrefix");
    }
}
