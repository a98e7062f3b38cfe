package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.DecodedPermissions.Grade;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.arbitraries.StringArbitrary;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.api.statistics.Statistics;

/** What holds for every text. The oracles here share no code with the codec. */
class JsonPermissionCodecProperties {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_.:-]{0,63}");
    private static final Pattern INTACT = Pattern.compile("\\[[ \t\r\n]*(?:S(?:,S)*)?]"
            .replace("S", "[ \t\r\n]*\"(?:[^\"\\\\\\x00-\\x1f]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4})*+\"[ \t\r\n]*"));
    private static final Pattern IN_QUOTES = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*+)\"");
    private static final Pattern BETWEEN_STRUCTURE = Pattern.compile("[^ \t\r\n\"',\\[\\]{}\\\\\uFEFF]+");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(?:u([0-9a-fA-F]{4})|(.))", Pattern.DOTALL);
    private static final int MAX_TEXT = 16 * 1024;

    private final PermissionCodec codec = PermissionCodec.json();

    // ---- what is asserted

    @Property(tries = 200)
    void whatWasEncodedIsDecodedIntact(@ForAll("sets") Set<String> names) {
        DecodedPermissions decoded = codec.decode(codec.encode(names));

        assertThat(decoded).isEqualTo(new DecodedPermissions(Grade.INTACT, names, List.of()));
        assertThat(decoded.permissions()).containsExactlyElementsOf(new TreeSet<>(names));
    }

    @Property(tries = 1_000)
    void decodingIsTotal(@ForAll("texts") String text) {
        DecodedPermissions decoded = codec.decode(text);

        Statistics.collect(decoded.grade());
        assertThat(decoded.permissions())
                .hasSizeLessThanOrEqualTo(128)
                .allMatch(n -> NAME.matcher(n).matches());
        assertThat(decoded.rules().isEmpty()).isEqualTo(decoded.grade() == Grade.INTACT);
        if (decoded.grade() == Grade.QUARANTINED) {
            assertThat(decoded.permissions()).isEmpty();
        }
    }

    @Property(tries = 50)
    void decodingIsTotalOverAnyCharacters(@ForAll @StringLength(max = 65_536) String text) {
        assertThat(codec.decode(text).permissions())
                .allMatch(name -> NAME.matcher(name).matches());
    }

    @Property(tries = 1_000)
    void intactAreExactlyTheJsonArraysOfNames(@ForAll("texts") String text) {
        boolean intact = text.length() <= MAX_TEXT && INTACT.matcher(text).matches();
        Set<String> names = new HashSet<>();
        Matcher quoted = IN_QUOTES.matcher(intact ? text : "");
        while (quoted.find()) {
            names.add(unescapedStrictly(quoted.group(1)));
        }
        intact &= names.size() <= 128
                && names.stream().allMatch(name -> NAME.matcher(name).matches());

        DecodedPermissions decoded = codec.decode(text);

        assertThat(decoded.grade() == Grade.INTACT).isEqualTo(intact);
        if (intact) {
            assertThat(decoded.permissions()).isEqualTo(names);
        }
    }

    @Property(tries = 1_000)
    void everyNameIsAMaximalTokenOfTheUnescapedLoweredText(@ForAll("texts") String text) {
        DecodedPermissions decoded = codec.decode(text);

        assertThat(tokens(text, decoded.rules())).containsAll(decoded.permissions());
    }

    @Property(tries = 300)
    void noBeginningAndNoEndOfABracketedTextGrantsMore(@ForAll("bracketed") String text) {
        Set<String> whole = codec.decode(text).permissions();

        for (int cut = 0; cut <= text.length(); cut++) {
            assertThat(whole)
                    .as("up to %s", cut)
                    .containsAll(codec.decode(text.substring(0, cut)).permissions());
            assertThat(whole)
                    .as("from %s", cut)
                    .containsAll(codec.decode(text.substring(cut)).permissions());
        }
    }

    @Property(tries = 60)
    void aPieceFromWithinABracketedTextGrantsMoreOnlyIfMarkedAsUnterminated(@ForAll("bracketed") String text) {
        Set<String> whole = codec.decode(text).permissions();

        for (int from = 0; from < Math.min(60, text.length()); from++) {
            for (int to = from; to <= Math.min(60, text.length()); to++) {
                DecodedPermissions piece = codec.decode(text.substring(from, to));
                if (!piece.rules().contains("UNTERMINATED")) {
                    assertThat(whole).as("%s to %s", from, to).containsAll(piece.permissions());
                }
            }
        }
    }

    @Property(tries = 300)
    void aRepairIsDoneOnce(@ForAll("texts") String text) {
        Set<String> permissions = codec.decode(text).permissions();

        assertThat(codec.decode(codec.encode(permissions)))
                .isEqualTo(new DecodedPermissions(Grade.INTACT, permissions, List.of()));
    }

    @Property(tries = 100)
    void orderAndRepeatsDoNotMatter(@ForAll("sets") Set<String> names, @ForAll Random random) {
        List<String> shuffled = new ArrayList<>(names);
        shuffled.addAll(names.stream().filter(name -> random.nextInt(4) == 0).toList());
        Collections.shuffle(shuffled, random);

        for (Form form : Form.values()) {
            if (form.canHold(shuffled)) {
                assertThat(codec.decode(form.write(shuffled)).permissions())
                        .as(form.name())
                        .isEqualTo(names);
            }
        }
    }

    // ---- what is generated

    /** The ways in which a list is known to have been written. */
    private enum Form {
        CANONICAL("[\"", "\",\"", "\"]"),
        SPACED("[ \"", "\" ,\t\"", "\"\n]"),
        DOUBLE_ENCODED("\"[\\\"", "\\\",\\\"", "\\\"]\""),
        SINGLE_QUOTES("['", "','", "']"),
        TRAILING_COMMA("[\"", "\",\"", "\",]"),
        STRIPPED("[\" ", "\\,\\", "\\]"),
        STRIPPED_WHOLLY("[", "\\,\\", "\\]"),
        BRACES("{", ",", "}"),
        QUOTED_BRACES("{\"", "\",\"", "\"}"),
        COMMA_LIST("", ",", ""),
        MARKED("\uFEFF [\"", "\", \"", "\"] ");

        private final String open;
        private final String between;
        private final String close;

        Form(String open, String between, String close) {
            this.open = open;
            this.between = between;
            this.close = close;
        }

        String write(List<String> names) {
            return names.stream().collect(Collectors.joining(between, open, close));
        }

        /** Where a name could also be something else, there is no one reading. */
        boolean canHold(List<String> names) {
            return !names.isEmpty()
                    && switch (this) {
                        case BRACES, COMMA_LIST -> names.stream().noneMatch(List.of("null", "true", "false")::contains);
                        case STRIPPED, STRIPPED_WHOLLY -> names.stream().noneMatch(n -> n.matches("u[0-9a-f]{4}.*"));
                        default -> true;
                    };
        }

        boolean isBracketed() {
            return this != COMMA_LIST;
        }
    }

    @Provide
    Arbitrary<Set<String>> sets() {
        return names().set().ofMaxSize(128);
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> mutated = forms(5).flatMap(JsonPermissionCodecProperties::mutated);
        Arbitrary<String> large = Arbitraries.integers()
                .between(1, 16_384)
                .flatMap(times -> structure().ofMaxLength(4).map(piece -> "[\"" + piece.repeat(times) + "\"]"));
        return Arbitraries.frequencyOf(
                Tuple.of(24, mutated),
                Tuple.of(12, forms(5)),
                Tuple.of(1, forms(140)),
                Tuple.of(12, structure().ofMaxLength(12)),
                Tuple.of(1, large));
    }

    /** Texts whose only brackets are the first and the last character, or those next to the outer quotes. */
    @Provide
    Arbitrary<String> bracketed() {
        Arbitrary<String> whole = Arbitraries.of(Form.values())
                .filter(Form::isBracketed)
                .flatMap(form -> names().list().ofMaxSize(4).map(form::write));
        Arbitrary<String> inner = structure().excludeChars('[', ']', '{', '}').ofMaxLength(20);
        Arbitrary<String> any = inner.flatMap(
                text -> Arbitraries.of("[" + text + "]", "{" + text + "}", "[" + text + "\\]", "[\"" + text + "\"]"));
        Arbitrary<String> damaged = whole.flatMap(JsonPermissionCodecProperties::mutated)
                .filter(text -> text.matches("(?s)\uFEFF?[ \t\r\n]*[\\[{][^\\[\\]{}]*[\\]}]"));
        return Arbitraries.oneOf(whole, any, damaged);
    }

    private static Arbitrary<String> names() {
        Arbitrary<String> random = Arbitraries.strings()
                .withCharRange('a', 'z')
                .withCharRange('0', '9')
                .withChars('_', '.', ':', '-')
                .ofMinLength(1)
                .ofMaxLength(64)
                .filter(name -> NAME.matcher(name).matches());
        Arbitrary<String> telling = Arbitraries.of(
                "read", "re", "download", "down", "upload", "u0061", "admin", "a", "bread", "nupload", "null", "true");
        return Arbitraries.oneOf(telling, telling, random);
    }

    private static Arbitrary<String> forms(int maxSize) {
        return Arbitraries.of(Form.values())
                .flatMap(form -> names().list().ofMaxSize(maxSize).map(form::write));
    }

    private static StringArbitrary structure() {
        return Arbitraries.strings()
                .withChars("[]{}\"'\\,, \t\n:*")
                .withChars("areduRE0159_.-")
                .withChars('\uFEFF', '\0', '\u212A', '\u0130', '\u0435', '\u00A0', '\uD800', '\uDC00');
    }

    private static Arbitrary<String> mutated(String text) {
        return structure()
                .ofMaxLength(3)
                .list()
                .ofMinSize(1)
                .ofMaxSize(3)
                .flatMap(inserts -> Arbitraries.randoms().map(random -> {
                    StringBuilder mutant = new StringBuilder(text);
                    for (String insert : inserts) {
                        mutate(mutant, insert, random);
                    }
                    return mutant.toString();
                }));
    }

    private static void mutate(StringBuilder text, String insert, Random random) {
        int from = random.nextInt(text.length() + 1);
        int to = Math.min(text.length(), from + random.nextInt(3));
        switch (random.nextInt(6)) {
            case 0 -> text.delete(from, to);
            case 1 -> text.setLength(from);
            case 2 -> text.insert(from, insert);
            case 3 -> text.append(text.substring(from));
            case 4 -> escape(text, from);
            default -> text.replace(from, to, text.substring(from, to).toUpperCase(Locale.ROOT));
        }
    }

    private static void escape(StringBuilder text, int at) {
        if (at < text.length()) {
            text.replace(at, at + 1, String.format(Locale.ROOT, "\\u%04x", (int) text.charAt(at)));
        }
    }

    // ---- the oracles

    private static Set<String> tokens(String text, List<String> rules) {
        boolean json = Collections.disjoint(rules, List.of("QUOTES_STRIPPED", "BRACES", "COMMA_LIST", "BARE_NAME"));
        String plain = json ? unescaped(text) : text;
        if (rules.contains("DOUBLE_ENCODED")) {
            plain = unescaped(plain);
        }
        Matcher matcher = BETWEEN_STRUCTURE.matcher(asciiLowered(plain));
        Set<String> tokens = new HashSet<>();
        while (matcher.find()) {
            tokens.add(matcher.group());
        }
        return tokens;
    }

    /** As the standard has it: some escapes stand for control characters, which no name holds. */
    private static String unescapedStrictly(String text) {
        return ESCAPE.matcher(text).replaceAll(escape -> {
            String simple = escape.group(2);
            String meant = simple == null
                    ? String.valueOf((char) Integer.parseInt(escape.group(1), 16))
                    : "bfnrt".contains(simple) ? "\n" : simple;
            return Matcher.quoteReplacement(meant);
        });
    }

    private static String unescaped(String text) {
        return ESCAPE.matcher(text).replaceAll(escape -> {
            String hex = escape.group(1);
            return Matcher.quoteReplacement(
                    hex == null ? escape.group(2) : String.valueOf((char) Integer.parseInt(hex, 16)));
        });
    }

    private static String asciiLowered(String text) {
        int[] lowered =
                text.chars().map(c -> c < 128 ? Character.toLowerCase(c) : c).toArray();
        return new String(lowered, 0, lowered.length);
    }
}
