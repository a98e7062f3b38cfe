package dev.apikeys.importer;

import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A column of the legacy table that is not imported, because no {@link LegacyColumn} has its name. Immutable and
 * thread-safe.
 *
 * @param name the name of the column; printable and cut
 * @param likeRestriction true if the name suggests a restriction, such as {@code valid_until} or {@code ip_allowlist}: the
 *     imported keys do not have it. A guess by words: false proves nothing
 * @since 0.1
 */
public record UnmappedColumn(String name, boolean likeRestriction) implements ImportReport {

    /** First words of what bounds when, where, how often and for whom a key counts. */
    private static final String STEMS =
            "expir|valid|until|deadline|revo|disab|enab|activ|inactiv|status|state|block|suspend"
                    + "|lock|delet|archiv|scope|permi|privileg|role|grant|polic|restrict|allow|deny|deni|white|black|access|only"
                    + "|limit|quota|rate|remain|cidr|network|address|refer|origin|domain|host|countr|region|resource|audience"
                    + "|owner|user|tenant|account|customer|organi|team|project|workspace|environment";

    private static final String WORDS = "ip|ips|not|ttl|nbf|exp|env|org|end|ends|ended|max|ban|banned|kind|type|plan";

    private static final Pattern RESTRICTION = Pattern.compile("(?:^|_)(?:(?:" + STEMS + ")|(?:" + WORDS + ")(?:_|$))");

    private static final Pattern HUMP = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");

    /** Refuses null for a name. */
    public UnmappedColumn {
        Objects.requireNonNull(name, "name");
    }

    /** Judges a column by its name in the legacy table. */
    static UnmappedColumn of(String label) {
        String words = HUMP.matcher(label).replaceAll("_").toLowerCase(Locale.ROOT);
        return new UnmappedColumn(Texts.shown(label), RESTRICTION.matcher(words).find());
    }

    /** A line such as {@code column valid_until: NOT IMPORTED, named like a restriction}. */
    @Override
    public String toString() {
        return "column " + name + ": NOT IMPORTED" + (likeRestriction ? ", named like a restriction" : "");
    }
}
