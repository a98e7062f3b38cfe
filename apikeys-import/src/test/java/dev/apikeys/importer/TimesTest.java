package dev.apikeys.importer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimesTest {

    @ParameterizedTest
    @CsvSource({
        "2025-09-14T22:58:15.1600427+08:00, 2025-09-14T14:58:15.160Z",
        "2025-09-14T22:58:15.999999999-03:30, 2025-09-15T02:28:15.999Z",
        "2025-09-14T22:58:15Z, 2025-09-14T22:58:15Z",
        "2025-09-14 22:58:15.16+08, 2025-09-14T14:58:15.160Z",
        "0001-01-01T00:00:00Z, 0001-01-01T00:00:00Z",
        "9998-12-31T23:59:59.999Z, 9998-12-31T23:59:59.999Z",
        "1757861895, 2025-09-14T14:58:15Z",
        "1757861895.16, 2025-09-14T14:58:15.160Z",
        "1757861895.999999999, 2025-09-14T14:58:15.999Z",
        "1757861895160, 2025-09-14T14:58:15.160Z",
        "1000000000, 2001-09-09T01:46:40Z",
        "2025091424, 2034-03-04T13:23:44Z",
        "2025131422, 2034-03-05T00:30:22Z",
        "2025091422.5, 2034-03-04T13:23:42.500Z",
        "9999999999, 2286-11-20T17:46:39Z",
        "1000000000000, 2001-09-09T01:46:40Z",
        "9999999999999, 2286-11-20T17:46:39.999Z"
    })
    void timesAreCutToMilliseconds(String text, Instant expected) {
        assertThat(Times.read(text)).isEqualTo(expected.toEpochMilli());
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                " ",
                "soon",
                "2025-09-02T10:00:00",
                "2025-09-02",
                "2025-02-30T10:00:00Z",
                "2025-09-02T10:00:00.1234567891Z",
                "2025-09-02T10:00:00+19:00",
                "0000-09-02T10:00:00Z",
                "9999-09-02T10:00:00Z",
                "+99999-09-02T10:00:00Z",
                "0",
                "-1",
                "-1757861895",
                "20250914",
                "2025091422",
                "2000010100",
                "2099123123",
                "20250914225815",
                "253402300799",
                "999999999",
                "0757861895",
                "0757861895160",
                "1757861895160.5",
                "1757861895.",
                "1757861895.1234567890",
                " 1757861895",
                "1757861895 ",
                "1_757_861_895",
                "1.757861895E9",
                "١٧٥٧٨٦١٨٩٥",
                "1757861895160042700"
            })
    void whatHasNoSureReadingIsNoTime(String text) {
        assertThat(Times.read(text)).isNull();
    }
}
