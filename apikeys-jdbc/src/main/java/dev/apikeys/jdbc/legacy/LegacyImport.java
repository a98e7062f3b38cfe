package dev.apikeys.jdbc.legacy;

import dev.apikeys.Roles;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Takes over API keys from a table that another program left behind: id, name, description, role, permissions as text in
 * whatever state, SHA-256 of the secret, status, usage and times. Only secrets of the form {@code sk_} and 64 hexadecimal
 * digits in lower case can verify afterwards. The import sees hashes alone and cannot check this: a key with a secret of
 * another form is reported as imported, and verifies as {@code MALFORMED}.
 *
 * <p>Create the tables of the target with {@link dev.apikeys.jdbc.JdbcSchema#create} before you make its store.
 *
 * <pre>{@code
 * LegacyImport legacy = LegacyImport.from(oldDatabase).table("api_keys").into(store);
 * legacy.dryRun(System.out::println);   // writes nothing: look first
 * legacy.apply(System.out::println);
 * }</pre>
 *
 * <p>The secrets go on working with a manager that {@link dev.apikeys.ApiKeys.Builder#alsoAccept also accepts}
 * {@link dev.apikeys.KeyFormat#sha64Hex()}; with any other they are {@code MALFORMED}. Permissions are written as they
 * were read, so that what is damaged stays visible and can be mended later with {@link dev.apikeys.PermissionRepair}. In
 * doubt a key is denied: an unreadable list grants nothing, nor does an empty one, and an unknown status disables the
 * key. The legacy table is only read.
 *
 * <p>Rows are read by ascending id in pages of 500, and a page is written together with a mark of how far the import came.
 * If a run is interrupted, the next one continues after the mark. So no row is imported twice, and none that was
 * deleted in the store comes back. Rows that appear with a greater id are imported by the next run, those with a lesser
 * id by none; a row that was skipped and is mended later is imported through a view that shows only it, under that
 * view's name.
 *
 * <p>Thread-safe. It holds no connection while it calls back, and never one of each database at once.
 */
public final class LegacyImport {

    /** What is done with the rows of a page that are not skipped: returns the ids of those that are there already. */
    @FunctionalInterface
    private interface Treatment {
        Set<String> of(List<KeyRow> rows);
    }

    private final LegacyTable table;
    private final String source;
    private final Roles roles;
    private final InstantSource clock;
    private final JdbcApiKeyStore store;

    private LegacyImport(Builder builder, JdbcApiKeyStore store) {
        this.table = new LegacyTable(builder.legacy, builder.table, builder.columns);
        this.source = builder.source == null ? builder.table : builder.source;
        this.roles = builder.roles;
        this.clock = builder.clock;
        this.store = Objects.requireNonNull(store, "store");
    }

    /**
     * Begins an import.
     *
     * @param legacy leads to the database of the legacy table: PostgreSQL, MariaDB, H2, SQLite, or one that knows
     *     {@code LIMIT}; it stays the caller's to close, and may be the store's. It must not hand out the connection of the
     *     caller's transaction: on PostgreSQL, MariaDB and H2 one that has written is refused, any other would be rolled
     *     back
     * @return a builder
     */
    public static Builder from(DataSource legacy) {
        return new Builder(legacy);
    }

    /** Options of an import. Not thread-safe. */
    public static final class Builder {

        private static final Pattern PRINTABLE = Pattern.compile("[ -~]{1,200}");

        private final DataSource legacy;
        private final Map<LegacyColumn, String> columns = new EnumMap<>(LegacyColumn.class);
        private String table = "api_keys";
        private @Nullable String source;
        private Roles roles = Roles.standard();
        private InstantSource clock = InstantSource.system();

        private Builder(DataSource legacy) {
            this.legacy = Objects.requireNonNull(legacy, "legacy");
            for (LegacyColumn column : LegacyColumn.values()) {
                columns.put(column, column.defaultName());
            }
        }

        /**
         * The table, or a view; {@code api_keys} unless set.
         *
         * @param name of the grammar {@code [A-Za-z_][A-Za-z0-9_]{0,62}}; it is not put in quotes
         * @return this
         * @throws IllegalArgumentException if the name is outside the grammar
         */
        public Builder table(String name) {
            table = LegacyTable.identifier("table", name);
            return this;
        }

        /**
         * What a column is called; as its constant in lower case unless set.
         *
         * @param column which one
         * @param name of the grammar {@code [A-Za-z_][A-Za-z0-9_]{0,62}}; it is not put in quotes
         * @return this
         * @throws IllegalArgumentException if the name is outside the grammar
         */
        public Builder column(LegacyColumn column, String name) {
            columns.put(Objects.requireNonNull(column, "column"), LegacyTable.identifier("column " + column, name));
            return this;
        }

        /**
         * Under what name the store remembers how far this import came; the name of the table unless set. Two tables of one
         * name that go into one store need two names here: else the second begins where the first ended.
         *
         * @param name 1 to 200 printable characters of ASCII
         * @return this
         * @throws IllegalArgumentException if the name is outside these bounds
         */
        public Builder source(String name) {
            Objects.requireNonNull(name, "source");
            if (!PRINTABLE.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        "source must match " + PRINTABLE + ", but was \"" + Texts.shown(name) + "\"");
            }
            source = name;
            return this;
        }

        /**
         * The roles of the manager that will verify the keys, to find what is beyond them; {@link Roles#standard} unless
         * set. Only the report depends on them.
         *
         * @param known the roles
         * @return this
         */
        public Builder roles(Roles known) {
            roles = Objects.requireNonNull(known, "roles");
            return this;
        }

        /**
         * Where the present time comes from; the system unless set.
         *
         * @param source of time
         * @return this
         */
        public Builder clock(InstantSource source) {
            clock = Objects.requireNonNull(source, "clock");
            return this;
        }

        /**
         * The import into a store.
         *
         * @param store where the keys go
         * @return an import that was not begun yet
         */
        public LegacyImport into(JdbcApiKeyStore store) {
            return new LegacyImport(this, store);
        }
    }

    /**
     * Looks at every row that {@link #apply} would look at, and writes nothing.
     *
     * @param reports is told of each row, in the order of their ids; what it throws ends the run
     * @return what it came to
     * @throws StorageException if a database failed, the legacy table lacks a column or has an id twice, or its connection
     *     comes with a transaction; the message says what to do
     */
    public Summary dryRun(Consumer<RowReport> reports) {
        String mark = store.importMark(source).orElse(null);
        return run(mark, reports, this::present);
    }

    /**
     * Imports every row after the mark. May be run again at any time, also after it was interrupted.
     *
     * @param reports is told of each row, in the order of their ids, once it is written; what it throws ends the run, and
     *     what was written stays
     * @return what it came to
     * @throws StorageException if a database failed, the legacy table lacks a column or has an id twice, or its connection
     *     comes with a transaction; the message says what to do
     * @throws IllegalStateException if somebody else imports the same source at this moment
     */
    public Summary apply(Consumer<RowReport> reports) {
        String mark = store.importMark(source).orElse(null);
        return run(mark, reports, new Writing(mark));
    }

    private Summary run(@Nullable String mark, Consumer<RowReport> reports, Treatment treatment) {
        Objects.requireNonNull(reports, "reports");
        LegacyTable.Census census = table.census(mark);
        Tally tally = new Tally();
        List<LegacyRow> page = table.page(mark);
        while (!page.isEmpty()) {
            for (RowReport report : treat(page, census.sharedHashes(), treatment)) {
                tally.count(report);
                reports.accept(report);
            }
            page = table.page(page.get(page.size() - 1).id());
        }
        return tally.summary(census);
    }

    private List<RowReport> treat(List<LegacyRow> page, Set<String> sharedHashes, Treatment treatment) {
        long now = clock.millis();
        List<RowMapping.Mapped> mapped = page.stream()
                .map(row -> new RowMapping(row, roles, now).map(sharedHashes))
                .toList();
        Set<String> present = treatment.of(mapped.stream()
                .map(RowMapping.Mapped::row)
                .filter(Objects::nonNull)
                .toList());
        return mapped.stream()
                .map(RowMapping.Mapped::report)
                .map(report -> present.contains(report.id()) ? report.alreadyThere() : report)
                .toList();
    }

    /** The ids of those rows of which the store has the id or the hash. */
    private Set<String> present(List<KeyRow> rows) {
        Set<String> present = new HashSet<>();
        for (KeyRow row : rows) {
            String lookup = row.lookup();
            if (store.find(row.id()) != null || (lookup != null && store.findByLookup(lookup) != null)) {
                present.add(row.id());
            }
        }
        return present;
    }

    /** Writes page after page, each with its mark. Not thread-safe. */
    private final class Writing implements Treatment {

        private @Nullable String mark;

        Writing(@Nullable String mark) {
            this.mark = mark;
        }

        @Override
        public Set<String> of(List<KeyRow> rows) {
            if (rows.isEmpty()) {
                return Set.of();
            }
            String last = rows.get(rows.size() - 1).id();
            Set<String> present = write(last, rows);
            mark = last;
            return present;
        }

        /** Most often none is there, so that is what is tried first. */
        private Set<String> write(String last, List<KeyRow> rows) {
            Set<String> present = new HashSet<>();
            List<KeyRow> absent = rows;
            while (true) {
                try {
                    if (!store.importRows(source, mark, last, absent)) {
                        throw new IllegalStateException(
                                "Somebody else imports \"" + source
                                        + "\" at this moment; nothing of this page was written. Run it again when that has ended");
                    }
                    return present;
                } catch (DuplicateKeyException e) {
                    present.addAll(present(absent));
                    e.keyId().ifPresent(present::add);
                    int before = absent.size();
                    absent = absent.stream()
                            .filter(row -> !present.contains(row.id()))
                            .toList();
                    if (absent.size() == before) {
                        throw e;
                    }
                }
            }
        }
    }
}
