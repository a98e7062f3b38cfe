package dev.apikeys.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {

    @ParameterizedTest
    @ValueSource(strings = {"Bearer key", "bearer key", "BEARER\tkey", " \t Bearer \t key\t ", "BeArEr    key"})
    void takesTheBearerHoweverItIsWritten(String value) {
        assertThat(Credentials.of(TestRequest.get("/").header("authorization", value)))
                .isEqualTo("key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Basic key", "key", "", "Bearerkey", "Bearer-key", "Digest a, Bearer key", "Bear er key"})
    void takesOtherSchemesForNothing(String value) {
        assertThat(Credentials.of(TestRequest.get("/").header("Authorization", value)))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer", "Bearer ", " bearer\t"})
    void takesABareSchemeForAnEmptyKey(String value) {
        assertThat(Credentials.of(TestRequest.get("/").header("Authorization", value)))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer a b", "Bearer a,b", "Bearer a, Bearer b", "Bearer a\tb", "Bearer,a", "Bearer a,"})
    void refusesTwoInOneHeader(String value) {
        assertThatThrownBy(() -> Credentials.of(TestRequest.get("/").header("Authorization", value)))
                .isInstanceOf(Failure.class);
    }

    @Test
    void refusesTwoHeadersAlsoOfTheSameKey() {
        TestRequest twice = TestRequest.get("/").bearer("a").bearer("a");
        assertThatThrownBy(() -> Credentials.of(twice)).isInstanceOf(Failure.class);
        TestRequest both = TestRequest.get("/").bearer("a").header("X-API-Key", "a");
        assertThatThrownBy(() -> Credentials.of(both, "X-API-Key")).isInstanceOf(Failure.class);
        TestRequest apiKeys = TestRequest.get("/").header("X-API-Key", "a").header("X-API-Key", "b");
        assertThatThrownBy(() -> Credentials.of(apiKeys, "X-API-Key")).isInstanceOf(Failure.class);
    }

    @Test
    void readsTheOtherHeaderOnlyIfConfigured() {
        TestRequest request = TestRequest.get("/?api_key=q&key=q").header("x-api-key", " \tkey ");
        assertThat(Credentials.of(request)).isNull();
        assertThat(Credentials.of(request, "X-API-Key")).isEqualTo("key");
        TestRequest beside =
                TestRequest.get("/").header("Authorization", "Basic x").header("X-API-Key", "key");
        assertThat(Credentials.of(beside, "X-API-Key")).isEqualTo("key");
    }

    @Test
    void takesNothingButBlanksOff() {
        TestRequest request = TestRequest.get("/").header("Authorization", "Bearer \u00a0key\u000b");
        assertThat(Credentials.of(request)).isEqualTo("\u00a0key\u000b");
    }
}
