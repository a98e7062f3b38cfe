package dev.apikeys.http.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The texts of the page, by key. */
final class Texts {
    static final Path PAGE = Path.of("src/main/resources/dev/apikeys/http/page");

    private static final Map<String, String> ENGLISH = of("en");
    private static final Map<String, String> CHINESE = of("zh");

    private Texts() {}

    static Map<String, String> of(String language) {
        try {
            Map<String, String> texts = new TreeMap<>();
            JsonNode groups = new ObjectMapper().readTree(Files.readString(PAGE.resolve(language + ".json")));
            groups.properties().forEach(entry -> add(texts, entry.getKey(), entry.getValue()));
            return texts;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void add(Map<String, String> texts, String key, JsonNode value) {
        if (value.isObject()) {
            value.properties().forEach(text -> add(texts, key + "." + text.getKey(), text.getValue()));
        } else {
            texts.put(key, value.asText());
        }
    }

    /** What the page says in Chinese for an English text of its own, or for a part of one; other texts as they are. */
    static String inChinese(String english) {
        return ENGLISH.entrySet().stream()
                .filter(text -> pieces(text.getValue()).anyMatch(piece -> piece.contains(english)))
                .min(Comparator.comparingInt(text -> text.getValue().length()))
                .flatMap(text -> pieces(CHINESE.get(text.getKey())).max(Comparator.comparingInt(String::length)))
                .orElse(english);
    }

    /** What stands between the places of values. */
    private static Stream<String> pieces(String text) {
        return Arrays.stream(text.split("\\{\\w+}|\\|")).map(String::strip);
    }
}
