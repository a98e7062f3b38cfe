package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.spi.KeyStatus;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A key is immutable, whoever makes it. */
class ApiKeyTest {
    private static final Instant NOW = Instant.parse("2026-11-23T08:00:00Z");
    private static final KeyId ID = KeyId.random();

    private static ApiKey.Builder builder() {
        return ApiKey.builder(ID, "ci deploy", NOW);
    }

    @Test
    void itDoesNotFollowWhatItWasMadeOfAndIsSorted() {
        Set<String> permissions = new LinkedHashSet<>(List.of("upload", "read"));
        Set<String> granted = new LinkedHashSet<>(List.of("read"));
        Map<String, String> metadata = new HashMap<>(Map.of("team", "a", "cost", "b"));
        Set<String> damaged = new LinkedHashSet<>(List.of("name"));
        ApiKey key = builder()
                .permissions(permissions)
                .granted(granted)
                .metadata(metadata)
                .damaged(damaged)
                .build();

        permissions.add("admin");
        granted.add("admin");
        metadata.put("admin", "true");
        damaged.clear();

        assertThat(key.permissions()).containsExactly("read", "upload");
        assertThat(key.granted()).containsExactly("read");
        assertThat(key.metadata()).containsExactly(Map.entry("cost", "b"), Map.entry("team", "a"));
        assertThat(key.damaged()).containsExactly("name");
    }

    @Test
    void noReaderCanChangeIt() {
        for (ApiKey key : List.of(
                builder().build(),
                builder()
                        .permissions(new LinkedHashSet<>(Set.of("read")))
                        .granted(new LinkedHashSet<>(Set.of("read")))
                        .metadata(new HashMap<>(Map.of("a", "b")))
                        .build())) {
            assertThatThrownBy(() -> key.permissions().add("admin")).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> key.granted().add("admin")).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> key.metadata().put("a", "b")).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> key.damaged().add("name")).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    /** A cached key whose status changes is made anew at each verification. */
    @Test
    void anotherStatusCopiesNoCollectionAndNothingElseChanges() {
        ApiKey key = builder()
                .permissions(Set.of("read", "upload"))
                .granted(Set.of("read"))
                .metadata(Map.of("a", "b"))
                .damaged(Set.of("name"))
                .build();

        ApiKey revoked = key.withStatus(KeyStatus.REVOKED);

        assertThat(revoked.permissions()).isSameAs(key.permissions());
        assertThat(revoked.granted()).isSameAs(key.granted());
        assertThat(revoked.metadata()).isSameAs(key.metadata());
        assertThat(revoked.damaged()).isSameAs(key.damaged());
        assertThat(revoked.toBuilder().status(key.status()).build()).isEqualTo(key);
    }

    @Test
    void aKeyOfWhichNothingElseWasSaidIsActiveAndGrantsNothing() {
        ApiKey key = builder().build();

        assertThat(key.status()).isEqualTo(KeyStatus.ACTIVE);
        assertThat(key.grade()).isEqualTo(DecodedPermissions.Grade.INTACT);
        assertThat(key.granted()).isEmpty();
        assertThat(key.version()).isOne();
        assertThat(key.updatedAt()).isEqualTo(NOW);
    }

    /** Setters and accessors have the same names; a copy holds what each of them was given. */
    @Test
    void aCopyHoldsEachValueAndEachSetterSetsItsOwn() throws Exception {
        ApiKey.Builder builder = builder();
        Map<String, Object> set = new HashMap<>();
        for (Method setter : setters()) {
            Object value = anotherThan(builder().build(), setter);
            setter.invoke(builder, value);
            set.put(setter.getName(), value);
        }

        ApiKey key = builder.build();
        assertThat(set).hasSize(21);
        for (Map.Entry<String, Object> property : set.entrySet()) {
            Object held = ApiKey.class.getMethod(property.getKey()).invoke(key);
            assertThat(held).as(property.getKey()).isEqualTo(property.getValue());
        }
        assertThat(key.toBuilder().build()).isEqualTo(key);
    }

    private static List<Method> setters() {
        return Stream.of(ApiKey.Builder.class.getDeclaredMethods())
                .filter(method -> method.getParameterCount() == 1 && !method.isSynthetic())
                .toList();
    }

    private static Object anotherThan(ApiKey key, Method setter) throws ReflectiveOperationException {
        Object now = ApiKey.class.getMethod(setter.getName()).invoke(key);
        Class<?> type = setter.getParameterTypes()[0];
        Object other;
        if (type.isEnum()) {
            other = type.getEnumConstants()[type.getEnumConstants().length - 1];
        } else if (type == Set.class) {
            other = Set.of(setter.getName().toLowerCase());
        } else if (type == Map.class) {
            other = Map.of("a", "b");
        } else if (type == Instant.class) {
            other = NOW.plusSeconds(setter.getName().hashCode());
        } else if (type == KeyId.class) {
            other = KeyId.random();
        } else if (type == long.class) {
            other = 7L + setter.getName().length();
        } else {
            other = "another " + setter.getName();
        }
        assertThat(other).isNotEqualTo(now);
        return other;
    }

    @ParameterizedTest
    @ValueSource(strings = {"name", "permissions", "granted", "grade", "status", "updatedAt", "metadata", "damaged"})
    void whatMayNotBeNullIsRefusedByItsName(String property) throws Exception {
        Method setter = setters().stream()
                .filter(method -> method.getName().equals(property))
                .findFirst()
                .orElseThrow();

        assertThatThrownBy(() -> setter.invoke(builder(), (Object) null))
                .isInstanceOf(InvocationTargetException.class)
                .cause()
                .isInstanceOf(NullPointerException.class)
                .hasMessage(property);
    }

    @Test
    void aNameOrTextThatIsNullIsRefusedByTheArgumentsName() {
        Map<String, Consumer<ApiKey.Builder>> misuses = Map.of(
                "permissions", builder -> builder.permissions(Collections.singleton(null)),
                "granted", builder -> builder.granted(Collections.singleton(null)),
                "damaged", builder -> builder.damaged(Collections.singleton(null)),
                "metadata", builder -> builder.metadata(Collections.singletonMap("a", null)),
                "id", builder -> ApiKey.builder(null, "a", NOW),
                "createdAt", builder -> ApiKey.builder(ID, "a", null));
        misuses.forEach((argument, misuse) -> assertThatNullPointerException()
                .isThrownBy(() -> misuse.accept(builder()))
                .withMessage(argument));
    }
}
