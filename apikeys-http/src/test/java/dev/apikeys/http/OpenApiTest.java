package dev.apikeys.http;

import static dev.apikeys.http.Keys.BASE;
import static dev.apikeys.http.Keys.answer;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.apikeys.CreatedKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Holds the document to the table of routes. */
class OpenApiTest {
    private final Keys keys = new Keys();
    private final Admin admin = keys.admin().build();
    private final CreatedKey root = keys.create("admin");
    private final Map<?, ?> document = document();

    private Map<?, ?> document() {
        Response answer = answer(
                admin,
                TestRequest.get(BASE + "/openapi.json").bearer(root.secret().reveal()));
        try {
            return new ObjectMapper().readValue(answer.body(), Map.class); // deeper than what is read from callers
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        keys.close();
    }

    @Test
    void saysWhatTheRoutesAre() {
        Map<String, String> documented = new TreeMap<>();
        map(document, "paths")
                .forEach((path, operations) -> ((Map<?, ?>) operations).forEach((method, operation) -> {
                    String right = String.valueOf(((Map<?, ?>) operation).get("x-right"));
                    String route = String.valueOf(method).toUpperCase(Locale.ROOT) + " " + path;
                    documented.put(route, right + " " + names((Map<?, ?>) operation));
                }));
        Map<String, String> served = new TreeMap<>();
        for (Route route : admin.routes()) {
            served.put(
                    route.method() + " " + route.path().replace("*", "{id}"),
                    route.right() + " " + new TreeSet<>(route.names()));
        }
        assertThat(documented).isEqualTo(served);
        assertThat(document.get("openapi")).isEqualTo("3.1.0");
        assertThat(document.get("servers"))
                .as("relative to the document, below any context path and at any path of the page")
                .isEqualTo(List.of(Map.of("url", ".")));
    }

    /** The fields of the body, and the parameters of the query. */
    private static Set<String> names(Map<?, ?> operation) {
        Set<String> names = new TreeSet<>();
        if (operation.get("requestBody") != null) {
            Map<?, ?> schema = map(operation, "requestBody", "content", "application/json", "schema");
            assertThat(schema.get("additionalProperties")).isEqualTo(false);
            map(schema, "properties").keySet().forEach(name -> names.add((String) name));
        }
        if (operation.get("parameters") instanceof List<?> parameters) {
            for (Object parameter : parameters) {
                if ("query".equals(((Map<?, ?>) parameter).get("in"))) {
                    names.add((String) ((Map<?, ?>) parameter).get("name"));
                }
            }
        }
        return names;
    }

    @Test
    void namesTheFieldsOfAKeyAndOfAnEntry() {
        assertThat(map(document, "components", "schemas", "ApiKey", "properties")
                        .keySet()
                        .toString())
                .isEqualTo(KeyJson.key(root.key()).keySet().toString());
        var entry = keys.manager.journal(dev.apikeys.JournalQuery.all()).items().get(0);
        assertThat(map(document, "components", "schemas", "JournalEntry", "properties")
                        .keySet()
                        .toString())
                .isEqualTo(KeyJson.entry(entry).keySet().toString());
    }

    @Test
    void pointsNowhereOutside() {
        List<String> references = new ArrayList<>();
        collect(document, references);
        assertThat(references).isNotEmpty();
        for (String reference : references) {
            Object target = document;
            for (String part : reference.substring(2).split("/")) {
                target = ((Map<?, ?>) target).get(part);
            }
            assertThat(target).as(reference).isNotNull();
        }
    }

    private static void collect(Object value, List<String> references) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((name, element) -> {
                if (name.equals("$ref")) {
                    references.add((String) element);
                }
                collect(element, references);
            });
        } else if (value instanceof List<?> list) {
            list.forEach(element -> collect(element, references));
        }
    }

    private static Map<?, ?> map(Map<?, ?> from, String... path) {
        Map<?, ?> map = from;
        for (String name : path) {
            map = (Map<?, ?>) map.get(name);
        }
        return map;
    }
}
