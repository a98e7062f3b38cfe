package dev.apikeys;

import org.jspecify.annotations.Nullable;

/** The grammar of permission and role names: {@code [a-z][a-z0-9_.:-]{0,63}}. */
final class PermissionNames {

    static final int MAX_LENGTH = 64;

    /** How many one key may hold. */
    static final int MAX_COUNT = 128;

    static final String ALLOWED = "[a-z][a-z0-9_.:-]{0,63}";

    private PermissionNames() {}

    static boolean isValid(String name) {
        int length = name.length();
        if (length == 0 || length > MAX_LENGTH || !isLetter(name.charAt(0))) {
            return false;
        }
        for (int i = 1; i < length; i++) {
            if (!isNameCharacter(name.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Lets a name pass.
     *
     * @throws InvalidArgumentException if it is outside the grammar; the message names the argument and the value
     */
    static String require(String argument, @Nullable String name) {
        if (name == null || !isValid(name)) {
            throw Arguments.refused(argument, name, ALLOWED);
        }
        return name;
    }

    /** A to Z only: other letters have foldings that make one name of two. */
    static String lowered(String name) {
        if (name.chars().noneMatch(PermissionNames::isUpper)) {
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

    private static boolean isLetter(char c) {
        return c >= 'a' && c <= 'z';
    }

    private static boolean isNameCharacter(char c) {
        return isLetter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == ':' || c == '-';
    }
}
