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

    /** Prefixes of words for restrictions of a key: when, where, how often, for what and for whom it is valid. */
    private static final String STEMS =
            "expir|valid|invalid|void|until|deadline|lifetime|revo|disab|enab|activ|inactiv|deactiv|status|state|block"
                    + "|suspend|paus|frozen|freez|clos|cancel|terminat|retir|withdraw|quarantin|compromis|leak|stolen"
                    + "|supersed|obsolet|deprecat|dormant|approv|pending"
                    + "|lock|delet|remov|archiv|scope|permi|privileg|role|grant|polic|restrict|allow|deny|deni|forbid|prohibit|exclu"
                    + "|white|black|access|only|readonly|abilit|capabilit|entitle|authori|feature|action|operation|method"
                    + "|limit|quota|rate|thrott|remain|budget|credit|balance|concurren|cidr|network|subnet|address|refer|origin|cors"
                    + "|domain|host|countr|region|geo|resource|audience|endpoint|route|schedul|window"
                    + "|owner|user|tenant|account|customer|compan|organi|team|group|project|workspace|environment|sandbox|admin"
                    + "|start|effective|availab|client|cert|fingerprint|device|namespace|applicat";

    private static final String WORDS =
            "ip|ips|acl|aud|sub|not|ttl|nbf|exp|env|org|end|ends|ended|max|cap|caps|uses|once|single|ban|banned|kind|type"
                    + "|level|tier|mode|plan|trial|test|live|hold|held|path|paths|url|urls|right|rights|mfa|dead|app|apps";

    private static final Pattern RESTRICTION = Pattern.compile("(?:^|_)(?:(?:" + STEMS + ")|(?:" + WORDS + ")(?:_|$))");

    private static final Pattern HUMP = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");

    /** Refuses null for a name. */
    public UnmappedColumn {
        Objects.requireNonNull(name, "name");
    }

    /** Classifies a column by its name in the legacy table. */
    static UnmappedColumn of(String label) {
        String words = HUMP.matcher(label).replaceAll("_").toLowerCase(Locale.ROOT);
        return new UnmappedColumn(Texts.shown(label), RESTRICTION.matcher(words).find());
    }

    /** Returns a line such as {@code column valid_until: NOT IMPORTED, named like a restriction}. */
    @Override
    public String toString() {
        return "column " + name + ": NOT IMPORTED" + (likeRestriction ? ", named like a restriction" : "");
    }
}
