package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.spec;
import static dev.apikeys.Service.specWithHandOff;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.apikeys.Verification.Code;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A clock that is far off for a moment: what is written then can be read afterwards. */
class FarClockTest {
    private final Service service = new Service();
    private Instant far = Instant.EPOCH;
    private boolean isFar;

    private ApiKeyManager start() {
        ApiKeys.Builder builder = service.builder();
        builder.clock = () -> isFar ? far : service.time.instant();
        return service.start(builder);
    }

    @AfterEach
    void close() {
        service.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"+20000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z"})
    void aKeyThatIsUsedMeanwhileStaysGoodAndItsNextUseIsReported(String time) {
        ApiKeyManager keys = start();
        CreatedKey key = keys.create(spec());
        far = Instant.parse(time);

        isFar = true;
        assertCode(keys.verify(key.secret().reveal()), Code.VALID);
        keys.maintain();
        isFar = false;

        assertCode(keys.verify(key.secret().reveal()), Code.VALID);
        keys.maintain();
        assertThat(keys.find(key.id()).orElseThrow().lastUsedAt()).isEqualTo(service.time.instant());
    }

    @ParameterizedTest
    @ValueSource(strings = {"+20000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z"})
    void aKeyThatIsChangedMeanwhileCanBeReadAndOneThatIsRevokedIsRefused(String time) {
        ApiKeyManager keys = start();
        CreatedKey renamed = keys.create(spec());
        CreatedKey revoked = keys.create(spec());
        far = Instant.parse(time);

        isFar = true;
        keys.update(renamed.id(), KeyUpdate.builder().name("renamed").build());
        keys.revoke(revoked.id(), "leaked");
        isFar = false;

        assertCode(keys.verify(renamed.secret().reveal()), Code.VALID);
        assertThat(keys.verify(revoked.secret().reveal()).code()).isIn(Code.REVOKED, Code.DISABLED);
    }

    /** A time of 1970 would make the key look unused for decades, and a bulk revocation of unused keys take it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "+20000-01-01T00:00:00Z",
                "-0001-01-01T00:00:00Z",
                "1969-12-31T23:59:59.999Z",
                "1970-01-02T00:00:00Z"
            })
    void aUseMeanwhileCountsAsOneAtTheCreation(String time) {
        ApiKeyManager keys = start();
        CreatedKey key = keys.create(spec());
        Instant creation = service.time.instant();
        far = Instant.parse(time);

        isFar = true;
        assertCode(keys.verify(key.secret().reveal()), Code.VALID);
        keys.maintain();
        isFar = false;
        service.time.pass(Duration.ofHours(2));

        ApiKey used = keys.find(key.id()).orElseThrow();
        assertThat(used.usageCount()).isOne();
        assertThat(used.lastUsedAt()).isEqualTo(creation);
        assertThat(keys.revokeAll(KeyQuery.all().unusedSince(creation), "unused"))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"+10000-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z"})
    void noKeyIsMadeMeanwhile(String time) {
        ApiKeyManager keys = start();
        CreatedKey old = keys.create(spec());
        far = Instant.parse(time);
        isFar = true;

        assertThatIllegalStateException()
                .isThrownBy(() -> keys.create(spec()))
                .withMessageContaining("Set the clock right");
        assertThatIllegalStateException()
                .isThrownBy(() -> keys.create(specWithHandOff()))
                .withMessageContaining("Set the clock right");
        for (Runnable making : List.<Runnable>of(
                () -> keys.createAll(List.of(spec())),
                () -> keys.rotate(old.id(), Rotation.immediate()),
                () -> keys.vault().put(old.id(), old.secret(), Duration.ofMinutes(1)))) {
            assertThatIllegalStateException().isThrownBy(making::run).withMessageContaining("Set the clock right");
        }

        isFar = false;
        assertThat(keys.list(KeyQuery.all()).items()).extracting(ApiKey::id).containsExactly(old.id());
        assertThat(service.temp.rows()).isEmpty();
        assertCode(keys.verify(old.secret().reveal()), Code.VALID);
    }
}
