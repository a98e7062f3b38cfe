package dev.apikeys.internal.rows;

import dev.apikeys.internal.text.Json;
import dev.apikeys.internal.text.Masked;
import dev.apikeys.internal.text.SortedNames;
import dev.apikeys.spi.KeyRow;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The details of a change in a journal row: JSON of at most 4 KiB, {@code {"name", "owner", "changes": {"role": [from,
 * to]}, "fields": [...], "repeated", "cut"}}. Values are the stored ones, so that evidence of damage is kept; secrets
 * and tickets in them are masked. Reading never fails: unreadable parts are left out.
 *
 * @param changes the stored values before and after, by field
 */
public record JournalDetails(
        @Nullable String name,
        @Nullable String owner,
        Map<String, List<@Nullable String>> changes,
        SortedNames fields,
        boolean repeated,
        boolean cut) {
    private static final int MAX_BYTES = 4_096;

    /** The longest value, in characters, in each attempt to fit; the last attempt always fits. */
    private static final int[] LONGEST = {Integer.MAX_VALUE, 512, 128, 24};

    public static final String PERMISSIONS = "permissions";
    public static final String EXPIRES_AT = "expiresAt";
    public static final String REVOKED_FROM = "revokedFrom";
    private static final JournalDetails NONE = new JournalDetails(null, null, Map.of(), SortedNames.NONE, false, false);

    static String ofCreated(KeyRow row) {
        return fitting(longest -> {
            Text text = new Text(longest, row);
            text.change("role", null, row.role());
            text.change(PERMISSIONS, null, row.permissions());
            text.change(EXPIRES_AT, null, row.expiresAt());
            return text;
        });
    }

    static String ofChanged(KeyRow before, KeyRow after) {
        return fitting(longest -> {
            Text text = new Text(longest, before);
            text.change("owner", before.owner(), after.owner());
            text.change("role", before.role(), after.role());
            text.change(PERMISSIONS, before.permissions(), after.permissions());
            text.change(EXPIRES_AT, before.expiresAt(), after.expiresAt());
            text.change(REVOKED_FROM, before.revokedAt(), after.revokedAt());
            text.field("name", before.name(), after.name());
            text.field("description", before.description(), after.description());
            text.field("metadata", before.metadata(), after.metadata());
            text.field("disabledAt", before.disabledAt(), after.disabledAt());
            text.field("revokedReason", before.revokedReason(), after.revokedReason());
            text.field("rotatedTo", before.rotatedTo(), after.rotatedTo());
            return text;
        });
    }

    /** Returns the details of a change without a new state: a repetition or a deletion. */
    static String ofUnchanged(@Nullable KeyRow row, boolean repeated) {
        return fitting(longest -> new Text(longest, row).repeated(repeated));
    }

    private interface Attempt {
        Text within(int longest);
    }

    private static String fitting(Attempt attempt) {
        String json = "{}";
        for (int longest : LONGEST) {
            json = attempt.within(longest).json();
            // At most three bytes per character: most need no encoding to be measured.
            if (json.length() <= MAX_BYTES / 3 || json.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES) {
                return json;
            }
        }
        return json;
    }

    /** A builder of the text; parts in the order in which they are written. */
    private static final class Text {
        private final int longest;
        private final StringBuilder out = new StringBuilder(192).append('{');

        /** The end of the open part, or null. */
        private @Nullable String open;

        private boolean cut;

        Text(int longest, @Nullable KeyRow row) {
            this.longest = longest;
            if (row != null) {
                member("name");
                value(row.name());
                if (row.owner() != null) {
                    member("owner");
                    value(row.owner());
                }
            }
        }

        void change(String field, @Nullable Object from, @Nullable Object to) {
            if (Objects.equals(from, to)) {
                return;
            }
            in("changes", '{', "}");
            member(field);
            out.append('[');
            value(from);
            out.append(',');
            value(to);
            out.append(']');
        }

        void field(String field, @Nullable Object from, @Nullable Object to) {
            if (!Objects.equals(from, to)) {
                in("fields", '[', "]");
                comma();
                out.append('"').append(field).append('"');
            }
        }

        Text repeated(boolean is) {
            if (is) {
                member("repeated");
                out.append("true");
            }
            return this;
        }

        private void in(String part, char begin, String end) {
            if (!end.equals(open)) {
                close();
                member(part);
                out.append(begin);
                open = end;
            }
        }

        private void close() {
            if (open != null) {
                out.append(open);
                open = null;
            }
        }

        private void member(String name) {
            comma();
            out.append('"').append(name).append("\":");
        }

        private void comma() {
            char last = out.charAt(out.length() - 1);
            if (last != '{' && last != '[') {
                out.append(',');
            }
        }

        private void value(@Nullable Object value) {
            if (value == null) {
                out.append("null");
                return;
            }
            String text = Masked.text(value.toString());
            if (text.length() > longest) {
                cut = true;
                text = text.substring(0, longest);
            }
            Json.quote(out, text);
        }

        String json() {
            close();
            if (cut) {
                member("cut");
                out.append("true");
            }
            return out.append('}').toString();
        }
    }

    /** Reads the details of a row. */
    public static JournalDetails read(@Nullable String stored) {
        Map<String, String> members = stored == null ? null : Json.readMembers(stored, 2 * MAX_BYTES);
        if (members == null) {
            return NONE;
        }
        return new JournalDetails(
                string(members.get("name")),
                string(members.get("owner")),
                changes(members.get("changes")),
                fields(members.get("fields")),
                "true".equals(members.get("repeated")),
                "true".equals(members.get("cut")));
    }

    private static @Nullable String string(@Nullable String json) {
        return json == null ? null : Json.readString(json);
    }

    private static SortedNames fields(@Nullable String json) {
        List<String> names = json == null ? null : Json.readStrings(json);
        return names == null ? SortedNames.NONE : SortedNames.copyOf(names);
    }

    private static Map<String, List<@Nullable String>> changes(@Nullable String json) {
        Map<String, String> members = json == null ? null : Json.readMembers(json, 2 * MAX_BYTES);
        Map<String, List<@Nullable String>> changes = new TreeMap<>();
        if (members != null) {
            members.forEach((field, pair) -> {
                List<@Nullable String> values = Json.readNullableStrings(pair);
                if (values != null && values.size() == 2) {
                    changes.put(field, values);
                }
            });
        }
        return changes;
    }
}
