package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.spi.KeyRow;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A key is immutable, whoever makes it. */
class ApiKeyTest {
    private static final RecordComponent[] COMPONENTS = ApiKey.class.getRecordComponents();

    private static ApiKey key(Set<String> permissions, Set<String> granted, Map<String, String> metadata) {
        return key(permissions, granted, metadata, Set.of());
    }

    private static ApiKey key(
            Set<String> permissions, Set<String> granted, Map<String, String> metadata, Set<String> damaged) {
        Instant now = Instant.parse("2026-11-23T08:00:00Z");
        return new ApiKey(
                KeyId.random(),
                "ci deploy",
                null,
                null,
                null,
                permissions,
                granted,
                Grade.INTACT,
                KeyRow.Status.ACTIVE,
                0,
                now,
                now,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                metadata,
                damaged,
                1);
    }

    @Test
    void itDoesNotFollowWhatItWasMadeOfAndIsSorted() {
        Set<String> permissions = new LinkedHashSet<>(List.of("upload", "read"));
        Set<String> granted = new LinkedHashSet<>(List.of("read"));
        Map<String, String> metadata = new HashMap<>(Map.of("team", "a", "cost", "b"));
        Set<String> damaged = new LinkedHashSet<>(List.of("name"));
        ApiKey key = key(permissions, granted, metadata, damaged);

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
    void nobodyWhoReadsItCanChangeIt() {
        ApiKey key = key(new LinkedHashSet<>(Set.of("read")), new LinkedHashSet<>(Set.of("read")), new HashMap<>());

        assertThatThrownBy(() -> key.permissions().add("admin")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> key.granted().add("admin")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> key.metadata().put("a", "b")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> key.damaged().add("name")).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void anotherStatusCopiesNoCollection() {
        ApiKey key = key(Set.of("read", "upload"), Set.of("read"), Map.of("a", "b"), Set.of("name"));

        ApiKey revoked = key.withStatus(KeyRow.Status.REVOKED);

        assertThat(revoked.permissions()).isSameAs(key.permissions());
        assertThat(revoked.granted()).isSameAs(key.granted());
        assertThat(revoked.metadata()).isSameAs(key.metadata());
        assertThat(revoked.damaged()).isSameAs(key.damaged());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id",
                "name",
                "permissions",
                "granted",
                "grade",
                "status",
                "createdAt",
                "updatedAt",
                "metadata",
                "damaged"
            })
    void whatMayNotBeNullIsRefusedByItsName(String argument) throws Exception {
        assertRefused(argument, null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"permissions", "granted", "damaged"})
    void aNameThatIsNullIsRefusedByTheArgumentsName(String argument) throws Exception {
        assertRefused(argument, Collections.singleton(null));
    }

    @Test
    void aTextThatIsNullIsRefusedByTheArgumentsName() throws Exception {
        assertRefused("metadata", Collections.singletonMap("a", null));
    }

    private static void assertRefused(String argument, Object value) throws Exception {
        Class<?>[] types = new Class<?>[COMPONENTS.length];
        Object[] arguments = new Object[COMPONENTS.length];
        ApiKey sound = key(Set.of("read"), Set.of("read"), Map.of());
        for (int i = 0; i < COMPONENTS.length; i++) {
            types[i] = COMPONENTS[i].getType();
            arguments[i] = COMPONENTS[i].getName().equals(argument)
                    ? value
                    : COMPONENTS[i].getAccessor().invoke(sound);
        }
        Constructor<ApiKey> constructor = ApiKey.class.getConstructor(types);

        assertThatExceptionOfType(InvocationTargetException.class)
                .isThrownBy(() -> constructor.newInstance(arguments))
                .satisfies(e -> assertThat(e.getCause())
                        .isInstanceOf(NullPointerException.class)
                        .hasMessage(argument));
    }
}
