package dev.apikeys;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.internal.text.Json;
import dev.apikeys.internal.text.PermissionNames;
import dev.apikeys.internal.text.SortedNames;
import dev.apikeys.internal.text.StoredList;
import dev.apikeys.internal.text.StoredList.Rule;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The codec behind {@link PermissionCodec#json()}: grades what {@link StoredList} reads from a text. */
final class JsonPermissionCodec implements PermissionCodec {

    static final JsonPermissionCodec INSTANCE = new JsonPermissionCodec();

    private JsonPermissionCodec() {}

    @Override
    public String encode(Set<String> permissions) {
        SortedNames names = SortedNames.copyOf(permissions);
        if (names.size() > PermissionNames.MAX_COUNT) {
            throw Arguments.refusedValue(
                    "permissions", names.size() + " names", "at most " + PermissionNames.MAX_COUNT + " names");
        }
        StringBuilder text = new StringBuilder(2 + 16 * names.size()).append('[');
        for (String name : names) {
            if (text.length() > 1) {
                text.append(',');
            }
            // The grammar has no character that JSON escapes.
            text.append('"').append(Arguments.name("permissions", name)).append('"');
        }
        return text.append(']').toString();
    }

    @Override
    public DecodedPermissions decode(@Nullable String stored) {
        if (stored == null) {
            return repaired(SortedNames.NONE, EnumSet.of(Rule.NULL));
        }
        if (stored.length() > Json.MAX_TEXT) {
            return quarantined(Rule.TOO_LONG);
        }
        StoredList list = new StoredList(stored);
        List<String> names = list.names();
        if (names == null) {
            return quarantined(list.isCutOff() ? Rule.TRUNCATED : Rule.NOT_A_LIST);
        }
        return decoded(names, list.mended());
    }

    private static DecodedPermissions decoded(List<String> names, Set<Rule> mended) {
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (PermissionNames.isValid(name)) {
                continue;
            }
            String lowered = PermissionNames.lowered(name);
            if (!PermissionNames.isValid(lowered)) {
                return quarantined(Rule.NOT_A_NAME);
            }
            mended.add(Rule.UPPER_CASE);
            names.set(i, lowered);
        }
        SortedNames permissions = SortedNames.copyOf(names);
        if (permissions.size() > PermissionNames.MAX_COUNT) {
            return quarantined(Rule.TOO_MANY);
        }
        return mended.isEmpty()
                ? new DecodedPermissions(Grade.INTACT, permissions, List.of())
                : repaired(permissions, mended);
    }

    private static DecodedPermissions repaired(SortedNames permissions, Set<Rule> mended) {
        return new DecodedPermissions(
                Grade.REPAIRED, permissions, mended.stream().map(Rule::name).toList());
    }

    private static DecodedPermissions quarantined(Rule why) {
        return new DecodedPermissions(Grade.QUARANTINED, SortedNames.NONE, List.of(why.name()));
    }
}
