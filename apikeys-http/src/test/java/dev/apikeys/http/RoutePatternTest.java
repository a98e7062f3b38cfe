package dev.apikeys.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoutePatternTest {

    @ParameterizedTest
    @CsvSource({
        "/files, /files, true",
        "/files, /files/, false",
        "/files, /Files, false",
        "/files, /files/7, false",
        "/files/*, /files/7, true",
        "/files/*, /files/, false",
        "/files/*, /files/7/8, false",
        "/files/*/download, /files/7/download, true",
        "/files/**, /files, true",
        "/files/**, /files/, true",
        "/files/**, /files/7/8, true",
        "/files/**, /filesX, false",
        "/**, /, true",
        "/**, /any/thing, true",
        "/, /, true",
        "/, /a, false",
    })
    void matchesPaths(String pattern, String path, boolean matches) {
        assertThat(new RoutePattern("GET", pattern).matches("GET", RoutePattern.segments(path)))
                .isEqualTo(matches);
        assertThat(new RoutePattern("*", pattern).matches("ANY", RoutePattern.segments(path)))
                .isEqualTo(matches);
        assertThat(new RoutePattern("GET", pattern).matches("POST", RoutePattern.segments(path)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"files", "", "/a*", "/**/a", "/a/*b", "/a%20b", "/a;b", "/a?b"})
    void refusesOtherForms(String pattern) {
        assertThatThrownBy(() -> new RoutePattern("GET", pattern)).isInstanceOf(IllegalArgumentException.class);
    }
}
