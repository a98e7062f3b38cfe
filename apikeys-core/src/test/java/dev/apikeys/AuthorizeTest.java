package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Verification.Code;
import dev.apikeys.Verification.Verified;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A key that was proven before is judged anew: by all but its secret. */
class AuthorizeTest {
    private final Service service = new Service();
    private final ApiKeyManager keys = service.start();
    private final CreatedKey created = keys.create(KeySpec.builder("ci deploy")
            .role("read_upload")
            .expiresIn(Duration.ofDays(1))
            .build());
    private final KeyId id = created.id();
    private final Proof proof = ((Verified) keys.verify(created.secret().reveal())).proof();

    @AfterEach
    void close() {
        service.close();
    }

    private Verification authorize() {
        return keys.authorize(proof, VerificationRequest.forProof());
    }

    private Verification authorize(Access access) {
        return keys.authorize(proof, VerificationRequest.forProof().access(access));
    }

    private Verification authorizeCold() {
        return service.start().authorize(proof, VerificationRequest.forProof());
    }

    @Test
    void theProofOfAGoodKeyIsGood() {
        assertCode(authorize(), Code.VALID);
        assertThat(authorize().orElseThrow().id()).isEqualTo(id);
        assertCode(authorize(Access.permission("read")), Code.VALID);
        assertCode(authorize(Access.permission("admin")), Code.INSUFFICIENT_PERMISSIONS);
        assertCode(keys.authorize(Proof.parse(proof.text()), VerificationRequest.forProof()), Code.VALID);
        assertCode(authorize(Access.resource("/a", "GET")), Code.INSUFFICIENT_PERMISSIONS);
    }

    @Test
    void aProofOfAnotherKeyUnderTheSameIdProvesNothing() {
        keys.delete(id);
        assertCode(authorize(), Code.UNKNOWN);
        service.time.pass(Duration.ofMillis(1));
        CreatedKey anew =
                keys.create(KeySpec.builder("other").id(id).role("admin").build());

        Verification old = authorize();

        assertCode(old, Code.UNKNOWN);
        assertThat(old.provenKey()).isEmpty();
        assertCode(authorizeCold(), Code.UNKNOWN);
        Proof other = ((Verified) keys.verify(anew.secret().reveal())).proof();
        assertThat(other).isNotEqualTo(proof);
        assertCode(keys.authorize(other, VerificationRequest.forProof()), Code.VALID);
    }

    @Test
    void whatEndsAKeyEndsItsProof() {
        keys.disable(id);
        assertCode(authorize(), Code.DISABLED);
        keys.enable(id);
        assertCode(authorize(), Code.VALID);
        service.time.pass(Duration.ofDays(1));
        assertCode(authorize(), Code.EXPIRED);
        keys.revoke(id, "x");
        assertCode(authorize(), Code.REVOKED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hash | no hash",
                "hash | v9$1234",
                "hash | hmac256:unknown:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "permissions | no list",
                "attributes | {\"must\":{\"from\":[\"10.0.0.0/8\"]}}",
                "attributes | {"
            })
    void aRowThatVerifyRefusesIsRefused(String column, String stored) {
        service.edit(id, column, stored);

        assertThat(authorizeCold().code())
                .isEqualTo(service.start().verify(created.secret().reveal()).code())
                .isNotEqualTo(Code.VALID);
    }

    @Test
    void aHashWithoutPepperIsRefusedWhereThereIsOne() {
        ApiKeyManager peppered = service.start(service.builder().pepper(Pepper.of("p1", new byte[32])));

        assertCode(peppered.authorize(proof, VerificationRequest.forProof()), Code.SECRET_MISMATCH);
    }

    @Test
    void itMovesTheLastUseAndNotTheCount() {
        keys.maintain();
        service.time.pass(Duration.ofMinutes(5));
        authorize();
        keys.maintain();

        ApiKey key = keys.find(id).orElseThrow();
        assertThat(key.usageCount()).isEqualTo(1);
        assertThat(key.lastUsedAt()).isEqualTo(service.time.instant());
    }
}
