package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.Verification.Code;
import dev.apikeys.spi.KeyStatus;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a later version kept with a key: what restricts it denies it here, and the rest is carried along. */
class AttributesTest {
    private static final String RESTRICTED = "{\"must\":{\"from\":[\"10.0.0.0/8\", 1.50]}}";

    private final Service service = new Service();
    private final ApiKeyManager keys = service.start();
    private final CreatedKey created = keys.create(Service.spec());
    private final KeyId id = created.id();

    @AfterEach
    void close() {
        service.close();
    }

    private Verification verifyCold() {
        return service.start().verify(created.secret().reveal());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                RESTRICTED,
                "{\"must\":{\"lifetime\":5}}",
                "{\"must\":{\"x\":null}}",
                "{\"must\":[]}",
                "{\"must\":null}",
                "{\"may\":5}",
                "{\"shall\":{}}",
                "{\"MUST\":{}}",
                "{\"must\":{},\"must\":{\"x\":1}}",
                "{\"must\":{}",
                "[]",
                "null",
                "",
                "must"
            })
    void aRestrictionThatIsNotUnderstoodDenies(String stored) {
        service.edit(id, "attributes", stored);

        assertCode(verifyCold(), Code.CORRUPT_RECORD);
        assertThat(verifyCold().httpStatus()).isNotEqualTo(200);
        assertThat(service.start().find(id).orElseThrow().damaged()).contains("attributes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"must\":{}}", "{\"may\":{\"colour\":[1,{\"a\":null}],\"lifetime\":\"x\"}}"})
    void whatMayBeIgnoredIsIgnored(String stored) {
        service.edit(id, "attributes", stored);

        assertCode(verifyCold(), Code.VALID);
    }

    @Test
    void aRestrictedKeyCanBeEndedAndCannotBeRotatedOutOfItsRestriction() {
        service.edit(id, "attributes", RESTRICTED);

        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> keys.rotate(id, Rotation.immediate()))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(ConflictException.Reason.UNREADABLE));
        keys.update(id, KeyUpdate.builder().name("renamed").build());
        keys.disable(id);
        keys.enable(id);
        assertCode(verifyCold(), Code.CORRUPT_RECORD);
        assertThat(service.store.row(id.value()).attributes()).isEqualTo(RESTRICTED);
        assertThat(keys.revoke(id, "x").status()).isEqualTo(KeyStatus.REVOKED);
        assertThat(service.store.row(id.value()).attributes()).isEqualTo(RESTRICTED);
    }

    @Test
    void unknownAttributesArePassedThroughUnchanged() {
        service.edit(id, "attributes", "{\"may\":{\"colour\":[1, 2.50,{\"a\":\"\\u00e4\"}]}}");

        CreatedKey successor = keys.rotate(id, Rotation.withGrace(Duration.ofHours(1)));

        for (KeyId each : new KeyId[] {id, successor.id()}) {
            assertThat(service.store.row(each.value()).attributes())
                    .contains("\"colour\":[1, 2.50,{\"a\":\"\\u00e4\"}]");
        }
        assertCode(keys.verify(successor.secret().reveal()), Code.VALID);
    }
}
