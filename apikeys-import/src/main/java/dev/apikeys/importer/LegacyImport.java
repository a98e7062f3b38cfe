package dev.apikeys.importer;

import dev.apikeys.Actor;
import dev.apikeys.Roles;
import dev.apikeys.importer.RowMapping.Mapped;
import dev.apikeys.internal.text.Setters;
import dev.apikeys.internal.text.Shown;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Imports API keys from a table of another program: ids, names, owners, roles, permissions as text in any state,
 * SHA-256 of the secrets, status, revocation, expiry, usage and times. {@link LegacyColumn} lists the columns. Only
 * secrets of the form {@code sk_} and 64 hexadecimal digits in lower case can be verified afterwards. The import sees
 * only hashes and cannot check this: a key with a secret of another form is reported as imported, and verifies as
 * {@code MALFORMED}.
 *
 * <pre>{@code
 * LegacyImport legacy = LegacyImport.from(oldDatabase)
 *         .table("api_keys")
 *         .column(LegacyColumn.OWNER, "user_id")
 *         .without(LegacyColumn.CREATED_BY, LegacyColumn.USAGE_COUNT)
 *         .into(pool);
 * legacy.dryRun(System.out::println);   // writes nothing: look first
 * legacy.apply(System.out::println);
 * }</pre>
 *
 * <p>No restriction of a key is silently dropped: each {@link LegacyColumn} is read, or the caller declares that the
 * table has none; and each column of the table that is not read is reported, see {@link UnmappedColumn}.
 *
 * <p>Create the tables of the target with {@link dev.apikeys.jdbc.JdbcSchema#create} first. The secrets keep working
 * with a manager that {@link dev.apikeys.ApiKeys.Builder#alsoAccept also accepts}
 * {@link dev.apikeys.KeyFormat#sha64Hex()}; with any other they are {@code MALFORMED}. Permissions are written
 * unchanged, so that damage stays visible and can be repaired later with {@link dev.apikeys.PermissionRepair}. In doubt
 * a key is denied: an unreadable or empty list grants nothing, and an unknown status disables the key. The legacy table
 * is only read.
 *
 * <p>Rows are read by ascending id in pages of 500. A page is written in one transaction together with its journal row
 * and a mark of the progress. If a run is interrupted, the next one continues after the mark. So no row is imported
 * twice, and none that was deleted since is restored. New rows with a greater id are imported by the next run, those
 * with a smaller id by none; a row that was skipped and is repaired later is imported through a view that shows only
 * it, under that view's name.
 *
 * <p>Thread-safe. It holds no connection during callbacks, and never connections of both databases at once.
 *
 * @since 0.1
 */
public final class LegacyImport {

    /** Handles the rows of a page that are not skipped, and returns the ids of those that already exist. */
    @FunctionalInterface
    private interface Treatment {
        Set<String> of(List<KeyRow> rows);
    }

    private static final int PAGE = 500;

    private final DataSource legacy;
    private final String table;
    private final Map<LegacyColumn, String> columns;
    private final String source;
    private final Roles roles;
    private final InstantSource clock;
    private final int pageSize;
    private final Actor actor;
    private final Target target;

    private LegacyImport(Builder builder, DataSource target) {
        legacy = builder.legacy;
        table = builder.table;
        columns = builder.names();
        // One table in two spellings would have two marks, and the second import restored keys that were deleted.
        source = Objects.requireNonNullElse(builder.source, table.toLowerCase(Locale.ROOT));
        roles = builder.roles;
        clock = builder.clock;
        actor = builder.actor;
        pageSize = builder.pageSize;
        this.target = Target.in(Objects.requireNonNull(target, "target"), builder.tablePrefix);
    }

    /**
     * Starts an import.
     *
     * @param legacy the database of the legacy table: PostgreSQL, MariaDB, H2, SQLite, or one with {@code LIMIT}; the
     *     caller closes it, and it may be that of the target. It must not return the connection of the caller's
     *     transaction: on PostgreSQL, MariaDB and H2 one that has written is refused, any other would be rolled back
     * @return a builder
     */
    public static Builder from(DataSource legacy) {
        return new Builder(Objects.requireNonNull(legacy, "legacy"));
    }

    /**
     * Builds a {@link LegacyImport}. Each setter is called at most once, {@link #column} once per column. Not
     * thread-safe.
     *
     * @since 0.1
     */
    public static final class Builder {

        private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");

        /** Short enough to fit into a journal text. */
        private static final Pattern PRINTABLE = Pattern.compile("[!-~](?:[ -~]{0,148}[!-~])?");

        private final DataSource legacy;
        private final Map<LegacyColumn, String> columns = new EnumMap<>(LegacyColumn.class);
        private final Set<LegacyColumn> absent = EnumSet.noneOf(LegacyColumn.class);
        private final Set<String> set = new HashSet<>();
        private String table = "api_keys";
        private @Nullable String source;
        private Roles roles = Roles.standard();
        private InstantSource clock = InstantSource.system();
        private Actor actor = Actor.SYSTEM;
        private String tablePrefix = "apikeys_";
        private int pageSize = PAGE;

        private Builder(DataSource legacy) {
            this.legacy = legacy;
        }

        /**
         * Sets the table, or view. Default: {@code api_keys}.
         *
         * @param name of the grammar {@code [A-Za-z_][A-Za-z0-9_]{0,62}}; it is not quoted
         * @return this
         * @throws IllegalArgumentException if the name is outside the grammar
         */
        public Builder table(String name) {
            table = identifier("table", name);
            return once("table");
        }

        /**
         * Sets the name of a column. Default: its constant in lower case.
         *
         * @param column the column
         * @param name of the grammar {@code [A-Za-z_][A-Za-z0-9_]{0,62}}, in the case that the database shows, or in
         *     any if no other column differs only in case
         * @return this
         * @throws IllegalArgumentException if the name is outside the grammar
         */
        public Builder column(LegacyColumn column, String name) {
            Objects.requireNonNull(column, "column");
            String argument = "column " + column;
            columns.put(column, identifier(argument, name));
            return once(argument);
        }

        /**
         * Declares that the table has no such columns. Without {@link LegacyColumn#EXPIRES_AT}, for example, keys do
         * not expire; without {@link LegacyColumn#STATUS} and {@link LegacyColumn#REVOKED} all of them are active.
         *
         * @param columns any but {@code ID}, {@code NAME}, {@code KEY_HASH} and {@code CREATED_AT}
         * @return this
         * @throws IllegalArgumentException if one of them is required for every key
         */
        public Builder without(LegacyColumn... columns) {
            for (LegacyColumn column : columns) {
                Objects.requireNonNull(column, "column");
                if (column.required()) {
                    throw new IllegalArgumentException("columns holds " + column
                            + ", which every key has; allowed: any but ID, NAME, KEY_HASH and CREATED_AT");
                }
                absent.add(column);
            }
            return this;
        }

        /**
         * Sets the name under which the target stores the progress of this import. Default: the name of the table in
         * lower case. Two tables of the same name with one target need two names here: otherwise the second begins
         * where the first ended.
         *
         * @param name 1 to 150 printable characters of ASCII without outer blanks
         * @return this
         * @throws IllegalArgumentException if the name is outside these bounds
         */
        public Builder source(String name) {
            Objects.requireNonNull(name, "source");
            if (!PRINTABLE.matcher(name).matches()) {
                throw new IllegalArgumentException("source is " + Shown.text(name)
                        + "; allowed: 1 to 150 printable characters of ASCII without outer blanks");
            }
            source = name;
            return once("source");
        }

        /**
         * Sets the roles of the manager that will verify the keys, to report permissions beyond them. Default:
         * {@link Roles#standard}. Only the report depends on them.
         *
         * @param known the roles
         * @return this
         */
        public Builder roles(Roles known) {
            roles = Objects.requireNonNull(known, "roles");
            return once("roles");
        }

        /**
         * Sets the actor, for the journal. Default: {@link Actor#SYSTEM}.
         *
         * @param actor the actor; if it has no {@link Actor#via()}, the journal names the source
         * @return this
         */
        public Builder as(Actor actor) {
            this.actor = Objects.requireNonNull(actor, "actor");
            return once("actor");
        }

        /**
         * Sets the clock. Default: the system's.
         *
         * @param source the clock
         * @return this
         */
        public Builder clock(InstantSource source) {
            clock = Objects.requireNonNull(source, "clock");
            return once("clock");
        }

        /**
         * Sets the prefix of the target's tables. Default: {@code apikeys_}.
         *
         * @param prefix of the grammar {@code [a-z][a-z0-9_]{0,29}}; checked by {@link #into}
         * @return this
         */
        public Builder tablePrefix(String prefix) {
            tablePrefix = Objects.requireNonNull(prefix, "tablePrefix");
            return once("tablePrefix");
        }

        /** For tests, which need many pages of few rows. */
        Builder pageSize(int rows) {
            pageSize = rows;
            return this;
        }

        /**
         * Checks the tables of the target and returns an import that has not begun.
         *
         * @param target the pool of the target store; the caller closes it. Never a proxy that returns the connection
         *     of the caller's transaction
         * @return an import
         * @throws IllegalArgumentException if the prefix is outside its grammar, a column is both named and declared
         *     absent, or the database is not supported by the stores
         * @throws StorageException if the database cannot be reached, or its tables are missing or of another version;
         *     the message says what to do
         */
        public LegacyImport into(DataSource target) {
            return new LegacyImport(this, target);
        }

        private Map<LegacyColumn, String> names() {
            Map<LegacyColumn, String> names = new EnumMap<>(LegacyColumn.class);
            for (LegacyColumn column : LegacyColumn.values()) {
                names.put(column, columns.getOrDefault(column, column.defaultName()));
            }
            for (LegacyColumn column : absent) {
                if (columns.containsKey(column)) {
                    throw new IllegalArgumentException("column " + column + " is " + columns.get(column)
                            + ", but without(" + column + ") was called, too; allowed: one of them");
                }
                names.remove(column);
            }
            return names;
        }

        private static String identifier(String argument, String name) {
            Objects.requireNonNull(name, argument);
            if (!IDENTIFIER.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        argument + " is " + Shown.text(name) + "; allowed: " + IDENTIFIER.pattern());
            }
            return name;
        }

        private Builder once(String setter) {
            Setters.once(set, setter);
            return this;
        }
    }

    /**
     * Checks every row that {@link #apply} would import, and writes nothing.
     *
     * @param reports receives each column that is not read, then each row in the order of the ids; an exception ends
     *     the run
     * @return the result
     * @throws StorageException if a database failed, the legacy table lacks a column or has an id twice, or its
     *     connection comes with a transaction; the message says what to do
     */
    public Summary dryRun(Consumer<? super ImportReport> reports) {
        Objects.requireNonNull(reports, "reports");
        String mark = target.marks().find(source).orElse(null);
        return run(mark, reports, target::present);
    }

    /**
     * Imports every row after the mark. May be run again at any time, also after an interruption. The first import into
     * a database creates a table for the marks ({@code apikeys_import}) and needs the right to do so.
     *
     * @param reports receives each column that is not read, then each row in the order of the ids once it is written;
     *     an exception ends the run, and the rows written so far stay
     * @return the result
     * @throws StorageException if a database failed, the legacy table lacks a column or has an id twice, or its
     *     connection comes with a transaction; the message says what to do
     * @throws IllegalStateException if the same source is being imported elsewhere, or its mark was lost
     */
    public Summary apply(Consumer<? super ImportReport> reports) {
        Objects.requireNonNull(reports, "reports");
        target.marks().create();
        String mark = target.marks().find(source).orElse(null);
        Batches batches = new Batches(target, source, actor, mark);
        return run(mark, reports, batches::write);
    }

    private Summary run(@Nullable String mark, Consumer<? super ImportReport> reports, Treatment treatment) {
        LegacyTable rows = LegacyTable.open(legacy, table, columns);
        LegacyTable.Census census = rows.census(mark);
        rows.unmapped().forEach(reports);
        Tally tally = new Tally();
        List<LegacyRow> page = rows.page(mark, pageSize);
        while (!page.isEmpty()) {
            for (RowReport report : treat(page, census.sharedHashes(), treatment)) {
                tally.count(report);
                reports.accept(report);
            }
            page = rows.page(page.get(page.size() - 1).id(), pageSize);
        }
        return tally.summary(rows, census);
    }

    private List<RowReport> treat(List<LegacyRow> page, Set<String> sharedHashes, Treatment treatment) {
        long now = clock.millis();
        List<Mapped> mapped = page.stream()
                .map(row -> new RowMapping(row, roles, now).map(sharedHashes))
                .toList();
        Set<String> present = treatment.of(
                mapped.stream().map(Mapped::row).filter(Objects::nonNull).toList());
        return mapped.stream()
                .map(Mapped::report)
                .map(report -> present.contains(report.id()) ? report.alreadyThere() : report)
                .toList();
    }
}
