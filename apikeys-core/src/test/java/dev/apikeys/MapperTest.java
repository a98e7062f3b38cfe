package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A host that gives our objects to a mapper gets ids as text, and never a secret. */
class MapperTest {
    private static final String SECRET = "s3cr3t-in-the-wrong-place-0123456789";
    private static final KeyId ID = KeyId.of("ak_01kaqdt1v00000000000000001");

    /** A mapper as it comes, and one that reads whatever it can reach. */
    static Stream<ObjectMapper> mappers() {
        return Stream.of(
                new ObjectMapper(),
                new ObjectMapper().setVisibility(PropertyAccessor.FIELD, Visibility.ANY),
                new ObjectMapper().setVisibility(PropertyAccessor.ALL, Visibility.ANY));
    }

    @ParameterizedTest
    @MethodSource("mappers")
    void anIdIsItsTextBothWays(ObjectMapper mapper) throws Exception {
        assertThat(mapper.writeValueAsString(ID)).isEqualTo('"' + ID.value() + '"');
        assertThat(mapper.writeValueAsString(Map.of("id", ID))).isEqualTo("{\"id\":\"" + ID + "\"}");
        assertThat(mapper.writeValueAsString(Map.of(ID, 1))).isEqualTo("{\"" + ID + "\":1}");
        assertThat((Object) mapper.readValue('"' + ID.value() + '"', KeyId.class))
                .isEqualTo(ID);
        assertThat(mapper.readValue("[\"" + ID + "\"]", new TypeReference<List<KeyId>>() {}))
                .containsExactly(ID);
        assertThat(mapper.readValue("{\"" + ID + "\":1}", new TypeReference<Map<KeyId, Integer>>() {}))
                .containsEntry(ID, 1);
    }

    @Test
    void whatIsNoIdIsRefusedByTheMapper() {
        assertThatThrownBy(() -> new ObjectMapper().readValue("\"sk_1\"", KeyId.class))
                .isInstanceOf(ValueInstantiationException.class)
                .hasMessageContaining("ak_ and 1 to 61 lower-case letters or digits");
    }

    static Stream<Object> holdersOfSecrets() {
        Secret secret = Secret.of(SECRET);
        ApiKey key = ApiKey.builder(ID, "ci deploy", Instant.EPOCH).build();
        HandOff handOff = new HandOff(ID, secret, Instant.EPOCH);
        return Stream.of(
                secret,
                Pepper.of("p", SECRET.getBytes(StandardCharsets.UTF_8)),
                handOff,
                new CreatedKey(key, secret, handOff),
                new ClaimResult.Claimed(ID, secret),
                VerificationRequest.of(SECRET));
    }

    @ParameterizedTest
    @MethodSource("holdersOfSecrets")
    void noMapperFindsASecret(Object holder) {
        mappers()
                .map(mapper -> mapper.disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
                        .registerModule(new SimpleModule()
                                .addSerializer(Instant.class, ToStringSerializer.instance)
                                .addSerializer(java.util.Optional.class, ToStringSerializer.instance)))
                .forEach(mapper -> assertThat(written(mapper, holder))
                        .doesNotContain(SECRET)
                        .doesNotContain(Base64.getEncoder()
                                .withoutPadding()
                                .encodeToString(SECRET.getBytes(StandardCharsets.UTF_8)))
                        .doesNotContain(HexFormat.of().formatHex(SECRET.getBytes(StandardCharsets.UTF_8))));
    }

    /** A mapper that gives up has not told anything either. */
    private static String written(ObjectMapper mapper, Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** So that the test above finds what it looks for. */
    @Test
    void theMapperThatReadsFieldsReadsThem() throws Exception {
        record Held(byte[] bytes) {}
        assertThat(new ObjectMapper()
                        .setVisibility(PropertyAccessor.FIELD, Visibility.ANY)
                        .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
                        .writeValueAsString(new Held(SECRET.getBytes(StandardCharsets.UTF_8))))
                .contains(Base64.getEncoder()
                        .encodeToString(SECRET.getBytes(StandardCharsets.UTF_8))
                        .substring(0, 20));
    }
}
