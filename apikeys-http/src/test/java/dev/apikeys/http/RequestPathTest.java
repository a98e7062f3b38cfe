package dev.apikeys.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestPathTest {

    @ParameterizedTest
    @CsvSource({
        "/files/7, /files/7",
        "/files/%37, /files/7",
        "/%66iles/7, /files/7",
        "/files/a%20b, /files/a b",
        "/files/%E4%BD%A0, /files/你",
        "/files/, /files/",
        "/, /",
    })
    void decodesOnce(String raw, String path) {
        assertThat(path(raw, "")).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*",
                "files",
                "http://host/files",
                "//files",
                "//host/files",
                "/a//b",
                "/a/../b",
                "/a/..",
                "/a/./b",
                "/a/.",
                "/a/..;/b",
                "/a;x=1/b",
                "/a;jsessionid=1",
                "/a/%2e%2e/b",
                "/a/%2E./b",
                "/a%2fb/../c",
                "/a/%252e%252e/b",
                "/a%25b",
                "/a%00b",
                "/a%0ab",
                "/a%5cb",
                "/a\\b",
                "/a%3bb",
                "/a%3fb",
                "/a%23b",
                "/%2fb",
                "/a%2Fb",
                "/a/%20",
                "/a/b%20",
                "/a/%20b",
                "/a%C0%AFb",
                "/a%E0%80%AFb",
                "/a%ff",
                "/a%ED%A0%80",
                "/a%E2%80%A8b",
                "/a%",
                "/a%4",
                "/a%zz",
                "/a%+1",
                "/a%٣٣",
                "/a b",
                "/aéb",
                "/a\tb",
            })
    void refusesWhatCouldMeanAnotherPath(String raw) {
        assertRefused(raw, "");
    }

    @ParameterizedTest
    @CsvSource({
        "/app/f, /app, /f",
        "/app, /app, /",
        "/app/, /app, /",
        "/%61pp/f, /app, /f",
        "/%61pp/f, /%61pp, /f",
        "/my%20app/f, /my%20app, /f",
        "/f, /, /f",
    })
    void takesTheContextOff(String raw, String context, String path) {
        assertThat(path(raw, context)).isEqualTo(path);
    }

    @ParameterizedTest
    @CsvSource({"/appX, /app", "/other/f, /app", "/x/../app/f, /x/../app", "/x/../app/f, /app", "/APP/f, /app"})
    void refusesWhatIsOutsideTheContext(String raw, String context) {
        assertRefused(raw, context);
    }

    @Test
    void refusesWhatIsTooLong() {
        assertThat(path("/" + "a".repeat(2_047), "")).hasSize(2_048);
        assertRefused("/" + "a".repeat(2_048), "");
    }

    private static String path(String raw, String context) {
        return RequestPath.of(TestRequest.get(raw).context(context));
    }

    private static void assertRefused(String raw, String context) {
        assertThatThrownBy(() -> path(raw, context))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.response("id").status()).isEqualTo(400));
    }
}
