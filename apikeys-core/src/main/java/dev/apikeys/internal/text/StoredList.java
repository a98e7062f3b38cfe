package dev.apikeys.internal.text;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A parser of one stored list, which may have any of several forms and yields its names verbatim. Not thread-safe; for
 * one use.
 *
 * <p>A bracketed text is accepted only if its closing bracket is its last character, and no form allows a bracket in
 * between: so no prefix of an accepted text is accepted. Each form is read in one pass.
 */
public final class StoredList {

    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final Set<String> JSON_LITERALS = Set.of("null", "true", "false");

    /** The names are part of the API, as strings. First the repairs, in the order of the reports, then the refusals. */
    public enum Rule {
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

    private final Set<Rule> mended = EnumSet.noneOf(Rule.class);
    private final String text;

    /** Creates a parser of a stored text. */
    public StoredList(String stored) {
        boolean marked = stored.startsWith(BYTE_ORDER_MARK);
        int start = marked ? BYTE_ORDER_MARK.length() : 0;
        text = withoutBlanks(stored, start, stored.length());
        if (text.isEmpty()) {
            mended.add(Rule.BLANK);
            return;
        }
        if (marked) {
            mended.add(Rule.BYTE_ORDER_MARK);
        }
        if (text.length() < stored.length() - start) {
            mended.add(Rule.OUTER_BLANKS);
        }
    }

    /** Returns the names verbatim, in a mutable list; null if the text is not a list. */
    public @Nullable List<String> names() {
        if (text.isEmpty()) {
            return List.of();
        }
        return switch (text.charAt(0)) {
            case '[' -> inBrackets();
            case '{' -> inBraces();
            case '"' -> inString();
            default -> bare();
        };
    }

    /** Returns whether the text was opened and is never closed. */
    public boolean isCutOff() {
        return switch (text.charAt(0)) {
            case '[' -> text.indexOf(']') < 0;
            case '{' -> text.indexOf('}') < 0;
            case '"' -> text.indexOf('"', 1) < 0 || (text.startsWith("[", 1) && text.indexOf(']') < 0);
            default -> false;
        };
    }

    /** Returns the rules that {@link #names} applied; mutable. */
    public Set<Rule> mended() {
        return mended;
    }

    private @Nullable List<String> inBrackets() {
        if (!text.endsWith("]")) {
            return null;
        }
        if (text.endsWith("\\]")) {
            mended.add(Rule.QUOTES_STRIPPED);
            return withoutQuotes(text.substring(1, text.length() - 1));
        }
        boolean singleQuotes = text.indexOf('\'') >= 0;
        boolean trailingComma = hasTrailingComma();
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

    /** Parses names between backslashes; the first may have lost its own, or have a quote instead. */
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

    private @Nullable List<String> inBraces() {
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

    private @Nullable List<String> inString() {
        mended.add(Rule.DOUBLE_ENCODED);
        String array = Json.readString(text);
        return array == null ? null : Json.readStrings(array);
    }

    private @Nullable List<String> bare() {
        List<String> parts = parts(text);
        if (parts.size() == 1 && PermissionNames.lowered(text).equals("null")) {
            mended.add(Rule.JSON_NULL);
            if (!text.equals("null")) {
                mended.add(Rule.UPPER_CASE);
            }
            return List.of();
        }
        int last = parts.size() - 1;
        mended.add(last == 0 ? Rule.BARE_NAME : Rule.COMMA_LIST);
        mended.add(Rule.UNTERMINATED);
        if (last > 0 && parts.get(last).isEmpty()) {
            mended.add(Rule.TRAILING_COMMA);
            parts.remove(last);
        }
        return parts.stream().anyMatch(StoredList::isJsonLiteral) ? null : parts;
    }

    /** Returns the trimmed parts between commas; always at least one, possibly empty. */
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

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }

    private boolean hasTrailingComma() {
        int last = text.length() - 2;
        while (isBlank(text.charAt(last))) {
            last--;
        }
        return text.charAt(last) == ',';
    }

    private static boolean isJsonLiteral(String part) {
        return JSON_LITERALS.contains(PermissionNames.lowered(part));
    }

    /** Returns whether the part is, or could be, an escape instead of a backslash before a name. */
    private static boolean isUnicodeEscape(String part) {
        return part.startsWith("\\u")
                && part.length() >= 6
                && part.substring(2, 6).chars().allMatch(c -> Character.digit(c, 16) >= 0);
    }
}
