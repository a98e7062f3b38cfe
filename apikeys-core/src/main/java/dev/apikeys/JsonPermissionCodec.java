package dev.apikeys;

import dev.apikeys.DecodedPermissions.Grade;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The codec behind {@link PermissionCodec#json()}.
 *
 * <p>A bracketed text counts only if its closing bracket is its last character, and no form allows a bracket in between:
 * so of every text that counts, no beginning does.
 */
final class JsonPermissionCodec implements PermissionCodec {

    static final JsonPermissionCodec INSTANCE = new JsonPermissionCodec();

    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final Set<String> JSON_LITERALS = Set.of("null", "true", "false");

    private JsonPermissionCodec() {}

    /** The names are part of the API, as strings. Mended first, in the order in which it is reported; then refusals. */
    private enum Rule {
        NULL,
        BLANK,
        BYTE_ORDER_MARK,
        OUTER_BLANKS,
        JSON_NULL,
        DOUBLE_ENCODED,
        QUOTES_STRIPPED,
        SINGLE_QUOTES,
        BRACES,
        COMMA_LIST,
        BARE_NAME,
        UNTERMINATED,
        TRAILING_COMMA,
        UPPER_CASE,

        TOO_LONG,
        TOO_MANY,
        TRUNCATED,
        NOT_A_NAME,
        NOT_A_LIST
    }

    @Override
    public String encode(Set<String> permissions) {
        SortedNames names = SortedNames.copyOf(permissions);
        if (names.size() > PermissionNames.MAX_COUNT) {
            throw new IllegalArgumentException(
                    "permissions: " + names.size() + " names, allowed are " + PermissionNames.MAX_COUNT);
        }
        StringBuilder text = new StringBuilder(2 + 16 * names.size()).append('[');
        for (String name : names) {
            if (text.length() > 1) {
                text.append(',');
            }
            // The grammar has no character that JSON escapes.
            text.append('"')
                    .append(PermissionNames.require("permissions", name))
                    .append('"');
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
        Set<Rule> mended = EnumSet.noneOf(Rule.class);
        String text = trimmed(stored, mended);
        if (text.isEmpty()) {
            return repaired(SortedNames.NONE, EnumSet.of(Rule.BLANK));
        }
        List<String> names = names(text, mended);
        if (names == null) {
            return quarantined(isCutOff(text) ? Rule.TRUNCATED : Rule.NOT_A_LIST);
        }
        return decoded(names, mended);
    }

    private static DecodedPermissions decoded(List<String> names, Set<Rule> mended) {
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (PermissionNames.isValid(name)) {
                continue;
            }
            String lowered = lowered(name);
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

    /** The names as the text has them, in a list that may be changed; null if it is no list. */
    private static @Nullable List<String> names(String text, Set<Rule> mended) {
        return switch (text.charAt(0)) {
            case '[' -> inBrackets(text, mended);
            case '{' -> inBraces(text, mended);
            case '"' -> inString(text, mended);
            default -> bare(text, mended);
        };
    }

    private static @Nullable List<String> inBrackets(String text, Set<Rule> mended) {
        if (!text.endsWith("]")) {
            return null;
        }
        if (text.endsWith("\\]")) {
            mended.add(Rule.QUOTES_STRIPPED);
            return withoutQuotes(text.substring(1, text.length() - 1));
        }
        boolean singleQuotes = text.indexOf('\'') >= 0;
        boolean trailingComma = hasTrailingComma(text);
        if (!singleQuotes && !trailingComma) {
            return Json.readStrings(text);
        }
        if (singleQuotes) {
            mended.add(Rule.SINGLE_QUOTES);
        }
        if (trailingComma) {
            mended.add(Rule.TRAILING_COMMA);
        }
        return singleQuotes && text.indexOf('"') >= 0 ? null : Json.readStringsLeniently(text);
    }

    /** Names that each stand between backslashes; the first may have lost its own, or have a quote instead. */
    private static @Nullable List<String> withoutQuotes(String body) {
        List<String> parts = parts(body.startsWith("\"") ? body.substring(1) : body);
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            boolean opened = part.startsWith("\\") && part.length() > 1;
            if (!part.endsWith("\\") || (!opened && i > 0) || isUnicodeEscape(part)) {
                return null;
            }
            parts.set(i, part.substring(opened ? 1 : 0, part.length() - 1));
        }
        return parts;
    }

    private static @Nullable List<String> inBraces(String text, Set<Rule> mended) {
        if (!text.endsWith("}")) {
            return null;
        }
        mended.add(Rule.BRACES);
        List<String> parts = parts(text.substring(1, text.length() - 1));
        if (parts.size() == 1 && parts.get(0).isEmpty()) {
            return null; // as likely an empty object
        }
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            if (part.length() > 1 && part.startsWith("\"") && part.endsWith("\"")) {
                parts.set(i, part.substring(1, part.length() - 1));
            } else if (isJsonLiteral(part)) {
                return null;
            }
        }
        return parts;
    }

    private static @Nullable List<String> inString(String text, Set<Rule> mended) {
        mended.add(Rule.DOUBLE_ENCODED);
        String array = Json.readString(text);
        return array == null ? null : Json.readStrings(array);
    }

    private static @Nullable List<String> bare(String text, Set<Rule> mended) {
        List<String> parts = parts(text);
        if (parts.size() == 1 && lowered(text).equals("null")) {
            mended.add(Rule.JSON_NULL);
            if (!text.equals("null")) {
                mended.add(Rule.UPPER_CASE);
            }
            return new ArrayList<>();
        }
        int last = parts.size() - 1;
        mended.add(last == 0 ? Rule.BARE_NAME : Rule.COMMA_LIST);
        mended.add(Rule.UNTERMINATED);
        if (last > 0 && parts.get(last).isEmpty()) {
            mended.add(Rule.TRAILING_COMMA);
            parts.remove(last);
        }
        return parts.stream().anyMatch(JsonPermissionCodec::isJsonLiteral) ? null : parts;
    }

    /** What stands between the commas, without the blanks around it; always at least one, perhaps empty. */
    private static List<String> parts(String text) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        for (int comma = text.indexOf(','); comma >= 0; comma = text.indexOf(',', from)) {
            parts.add(withoutBlanks(text, from, comma));
            from = comma + 1;
        }
        parts.add(withoutBlanks(text, from, text.length()));
        return parts;
    }

    private static String withoutBlanks(String text, int from, int to) {
        int start = from;
        int end = to;
        while (start < end && isBlank(text.charAt(start))) {
            start++;
        }
        while (start < end && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    private static String trimmed(String stored, Set<Rule> mended) {
        int start = 0;
        if (stored.startsWith(BYTE_ORDER_MARK)) {
            mended.add(Rule.BYTE_ORDER_MARK);
            start = BYTE_ORDER_MARK.length();
        }
        String text = withoutBlanks(stored, start, stored.length());
        if (text.length() < stored.length() - start) {
            mended.add(Rule.OUTER_BLANKS);
        }
        return text;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }

    private static boolean hasTrailingComma(String bracketed) {
        int last = bracketed.length() - 2;
        while (isBlank(bracketed.charAt(last))) {
            last--;
        }
        return bracketed.charAt(last) == ',';
    }

    private static boolean isJsonLiteral(String part) {
        return JSON_LITERALS.contains(lowered(part));
    }

    /** Whether the part is an escape and not a backslash before a name, or could be either. */
    private static boolean isUnicodeEscape(String part) {
        return part.startsWith("\\u")
                && part.length() >= 6
                && part.substring(2, 6).chars().allMatch(c -> Character.digit(c, 16) >= 0);
    }

    private static boolean isCutOff(String text) {
        return switch (text.charAt(0)) {
            case '[' -> text.indexOf(']') < 0;
            case '{' -> text.indexOf('}') < 0;
            case '"' -> text.indexOf('"', 1) < 0 || (text.startsWith("[", 1) && text.indexOf(']') < 0);
            default -> false;
        };
    }

    /** A to Z only: other letters have foldings that make one name of two. */
    private static String lowered(String name) {
        if (name.chars().noneMatch(JsonPermissionCodec::isUpper)) {
            return name;
        }
        StringBuilder lowered = new StringBuilder(name);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            lowered.setCharAt(i, isUpper(c) ? (char) (c - 'A' + 'a') : c);
        }
        return lowered.toString();
    }

    private static boolean isUpper(int c) {
        return c >= 'A' && c <= 'Z';
    }
}
