package dev.apikeys.internal.text;

/** The grammar of permission and role names: {@code [a-z][a-z0-9_.:-]{0,63}}. */
public final class PermissionNames {

    /** The maximum length of a name, in characters. */
    public static final int MAX_LENGTH = 64;

    /** The maximum number of permissions of a key. */
    public static final int MAX_COUNT = 128;

    /** The grammar, for messages. */
    public static final String ALLOWED = "[a-z][a-z0-9_.:-]{0,63}";

    private PermissionNames() {}

    /** Tests a name. */
    public static boolean isValid(String name) {
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

    /** Lowers A to Z only: case folding of other letters can map two names to one. */
    public static String lowered(String name) {
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
