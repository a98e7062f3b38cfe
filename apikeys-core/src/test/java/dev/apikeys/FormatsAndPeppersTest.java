package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.apikeys.Verification.Code;
import dev.apikeys.spi.KeyRow;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What secrets look like, how they are stored, and which stored hashes verify. */
class FormatsAndPeppersTest {
    private static final byte[] OLD_BYTES = filled(1);
    private static final byte[] NEW_BYTES = filled(2);
    private static final Pepper OLD = Pepper.of("2025-01", OLD_BYTES);
    private static final Pepper NEW = Pepper.of("2026-11", NEW_BYTES);
    private static final String HEX_SECRET = "sk_" + "0123456789abcdef".repeat(4);

    private final Service service = new Service();

    @AfterEach
    void close() {
        service.close();
    }

    private static byte[] filled(int value) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private String hash(KeyId id) {
        return service.store.row(id.value()).hash();
    }

    /** A row as an import from the source system leaves it. */
    private KeyRow imported() {
        String hash = sha256(HEX_SECRET);
        CreatedKey template = service.start(service.builder()).create(spec());
        KeyRow row = Rows.of(service.store.row(template.id().value()))
                .set("id", "ak_1699999999")
                .set("lookup", hash)
                .set("hash", "sha256$$" + hash)
                .row();
        service.store.remove(template.id().value());
        service.store.put(row);
        service.store.hooks.forgetCalls();
        return row;
    }

    @Test
    void aSecretHoldsTheUlidOfItsKeyAndIdsSortByCreation() {
        ApiKeyManager keys = service.start();
        CreatedKey first = keys.create(spec());
        service.time.pass(Duration.ofMillis(1));
        CreatedKey second = keys.create(spec());

        assertThat(first.id().value()).matches("ak_[0-9a-hjkmnp-tv-z]{26}");
        assertThat(first.secret().reveal())
                .matches("sk_[0-9a-hjkmnp-tv-z]{26}_[0-9A-Za-z]{49}")
                .contains("_" + first.id().value().substring(3) + "_");
        assertThat(first.id().value()).isLessThan(second.id().value());
    }

    @Test
    void aPrefixWithASeparatorIsReadFromTheRight() {
        ApiKeyManager keys = service.start(service.builder().format(KeyFormat.prefix("acme_live")));
        CreatedKey created = keys.create(spec());

        assertThat(created.secret().reveal()).startsWith("acme_live_");
        assertCode(keys.verify(created.secret().reveal()), Code.VALID);
    }

    /** By its form alone, so that a text of another kind is left to others, and one with a typo is not. */
    @Test
    void aTextOfEachRegisteredFormatIsRecognized() {
        String acme = service.start(service.builder().format(KeyFormat.prefix("acme")))
                .create(spec())
                .secret()
                .reveal();
        String standard = service.start().create(spec()).secret().reveal();
        String typo = acme.substring(0, acme.length() - 1) + (acme.endsWith("0") ? '1' : '0');
        ApiKeyManager both =
                service.start(service.builder().format(KeyFormat.prefix("acme")).alsoAccept(KeyFormat.sha64Hex()));
        service.store.hooks.forgetCalls();

        assertThat(Stream.of(acme, typo, HEX_SECRET)).allMatch(both::recognizes);
        assertThat(Stream.of(standard, "acme_x", "eyJhbGciOi.eyJzdWIi.c2ln", "", "x".repeat(300), "acme_é"))
                .noneMatch(both::recognizes);
        assertThat(both.recognizes(null)).isFalse();
        assertThat(service.start().recognizes(HEX_SECRET)).isFalse();
        assertThat(service.store.hooks.calls()).isEmpty();
        assertThat(both.stats().verifications()).isEmpty();
    }

    @Test
    void onlyRegisteredPrefixesVerify() {
        CreatedKey live = service.start(service.builder().format(KeyFormat.prefix("acme_live")))
                .create(spec());
        ApiKeyManager other = service.start(service.builder().format(KeyFormat.prefix("acme_test")));
        ApiKeyManager both = service.start(
                service.builder().format(KeyFormat.prefix("acme_test")).alsoAccept(KeyFormat.prefix("acme_live")));

        assertCode(other.verify(live.secret().reveal()), Code.MALFORMED);
        assertCode(both.verify(live.secret().reveal()), Code.VALID);
        assertThat(both.create(spec()).secret().reveal()).startsWith("acme_test_");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {"", "s", "Sk", "1sk", "sk_", "_sk", "a_b_c", "sk-x", "sk x", "abcdefghijklmnopqr", "sk_\u0131"})
    void aPrefixHasAGrammar(String prefix) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeyFormat.prefix(prefix))
                .withMessageStartingWith("prefix is ")
                .withMessageContaining("[a-z][a-z0-9]{1,15}(_[a-z0-9]{1,15})?");
    }

    @Test
    void aFormatThatIsOnlyVerifiedCannotBeIssued() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> service.builder().format(KeyFormat.sha64Hex()))
                .withMessageContaining("alsoAccept");
        assertThatIllegalArgumentException().isThrownBy(() -> service.builder().format(null));
    }

    @Test
    void aFormatIsGivenOnceOrWhatTheSecondSaysWouldBeIgnored() {
        KeyFormat unpeppered = KeyFormat.standard().acceptingUnpeppered();
        for (ApiKeys.Builder twice : List.of(
                service.builder().pepper(NEW).alsoAccept(unpeppered),
                service.builder().alsoAccept(KeyFormat.sha64Hex()).alsoAccept(KeyFormat.sha64Hex()))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(twice::build)
                    .withMessageStartingWith("alsoAccept is KeyFormat[sk_")
                    .withMessageContaining("each format once");
        }
    }

    @Test
    void withoutAPepperAPlainHashIsStored() {
        CreatedKey created = service.start().create(spec());

        assertThat(hash(created.id()))
                .isEqualTo("sha256$$" + sha256(created.secret().reveal()));
        assertThat(service.store.row(created.id().value()).lookup()).isNull();
    }

    @Test
    void withAPepperAKeyedHashIsStoredThatNamesIt() throws Exception {
        CreatedKey created = service.start(service.builder().pepper(NEW)).create(spec());

        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(NEW_BYTES, "HmacSHA256"));
        byte[] expected = mac.doFinal(created.secret().reveal().getBytes(StandardCharsets.UTF_8));
        assertThat(hash(created.id()))
                .isEqualTo("hmac-sha256$2026-11$" + HexFormat.of().formatHex(expected));
    }

    @Test
    void aPepperIsCopied() {
        byte[] bytes = NEW_BYTES.clone();
        Pepper pepper = Pepper.of("p", bytes);
        CreatedKey created = service.start(service.builder().pepper(pepper)).create(spec());
        Arrays.fill(bytes, (byte) 0);

        assertCode(
                service.start(service.builder().pepper(pepper))
                        .verify(created.secret().reveal()),
                Code.VALID);
    }

    @Test
    void aRetiredPepperStillVerifiesAndMaintenanceMovesTheHash() {
        CreatedKey created = service.start(service.builder().pepper(OLD)).create(spec());
        String before = hash(created.id());
        ApiKeyManager keys = service.start(service.builder().pepper(NEW).retiredPepper(OLD));

        assertCode(keys.verify(created.secret().reveal()), Code.VALID);
        assertThat(hash(created.id())).as("verify writes nothing").isEqualTo(before);
        keys.maintain();

        assertThat(hash(created.id())).startsWith("hmac-sha256$2026-11$");
        assertCode(keys.verify(created.secret().reveal()), Code.VALID);
        assertCode(
                service.start(service.builder().pepper(NEW))
                        .verify(created.secret().reveal()),
                Code.VALID);
    }

    @Test
    void aMovedHashChangesNothingElseOfTheKey() {
        CreatedKey created = service.start(service.builder().pepper(OLD)).create(spec());
        service.time.pass(Duration.ofHours(1));
        ApiKeyManager keys = service.start(service.builder().pepper(NEW).retiredPepper(OLD));
        keys.verify(created.secret().reveal());
        service.store.hooks.before("addUsage", () -> {});
        keys.maintain();

        KeyRow row = service.store.row(created.id().value());
        assertThat(row.updatedAt()).isEqualTo(created.key().updatedAt().toEpochMilli());
        assertThat(row.version()).isEqualTo(2);
        assertThat(keys.find(created.id()).orElseThrow().permissions())
                .isEqualTo(created.key().permissions());
    }

    @Test
    void aRowThatChangedSinceKeepsItsHashUntilItsNextVerification() {
        CreatedKey created = service.start(service.builder().pepper(OLD)).create(spec());
        ApiKeyManager keys = service.start(service.builder().pepper(NEW).retiredPepper(OLD));
        keys.verify(created.secret().reveal());
        service.start(service.builder().pepper(OLD))
                .update(created.id(), KeyUpdate.builder().name("renamed").build());

        keys.maintain();
        assertThat(hash(created.id())).startsWith("hmac-sha256$2025-01$");
        assertThat(keys.find(created.id()).orElseThrow().name()).isEqualTo("renamed");

        service.time.pass(Duration.ofSeconds(6));
        keys.verify(created.secret().reveal());
        keys.maintain();
        assertThat(hash(created.id())).startsWith("hmac-sha256$2026-11$");
    }

    @Test
    void aWrongSecretNeverMovesAHash() {
        CreatedKey created = service.start(service.builder().pepper(OLD)).create(spec());
        ApiKeyManager keys = service.start(service.builder().pepper(NEW).retiredPepper(OLD));
        String before = hash(created.id());

        keys.verify(new String(
                KeyFormat.Native.of("sk").secret(created.id().value(), new byte[32]), StandardCharsets.US_ASCII));
        keys.maintain();

        assertThat(hash(created.id())).isEqualTo(before);
    }

    @Test
    void aHashUnderAPepperThatIsNotConfiguredIsUnavailableAndOneErrorIsLogged() {
        CreatedKey first = service.start(service.builder().pepper(OLD)).create(spec());
        CreatedKey second = service.start(service.builder().pepper(OLD)).create(spec());

        for (ApiKeyManager keys :
                new ApiKeyManager[] {service.start(service.builder().pepper(NEW)), service.start(service.builder())}) {
            try (CapturedLog log = new CapturedLog()) {
                for (CreatedKey created : new CreatedKey[] {first, second, first}) {
                    Verification verification = keys.verify(created.secret().reveal());
                    assertCode(verification, Code.STORE_UNAVAILABLE);
                    assertThat(verification.httpStatus()).isEqualTo(503);
                    assertThat(((Verification.Rejected) verification).failure()).isEmpty();
                }
                assertThat(log.lines("2025-01")).singleElement().asString().contains("ERROR");
            }
        }
    }

    @Test
    void withAPepperAHashWithoutOneIsRefusedUnlessItsFormatWasRegisteredSo() {
        CreatedKey created = service.start().create(spec());

        try (CapturedLog log = new CapturedLog()) {
            ApiKeyManager keys = service.start(service.builder().pepper(NEW));
            assertCode(keys.verify(created.secret().reveal()), Code.SECRET_MISMATCH);
            assertCode(keys.verify(created.secret().reveal()), Code.SECRET_MISMATCH);
            assertThat(log.lines("acceptingUnpeppered"))
                    .singleElement()
                    .asString()
                    .contains("ERROR", "KeyFormat[sk_…]");
        }
        ApiKeyManager accepting = service.start(
                service.builder().pepper(NEW).format(KeyFormat.standard().acceptingUnpeppered()));
        assertCode(accepting.verify(created.secret().reveal()), Code.VALID);
        accepting.maintain();
        assertThat(hash(created.id())).startsWith("hmac-sha256$2026-11$");
    }

    @Test
    void acceptanceOfUnpepperedHashesIsPerFormat() {
        imported();
        CreatedKey created = service.start().create(spec());
        ApiKeyManager keys = service.start(
                service.builder().pepper(NEW).alsoAccept(KeyFormat.sha64Hex().acceptingUnpeppered()));

        assertCode(keys.verify(HEX_SECRET), Code.VALID);
        assertCode(keys.verify(created.secret().reveal()), Code.SECRET_MISMATCH);
    }

    @Test
    void importedSecretsAreMalformedUnlessTheirFormatIsRegistered() {
        imported();

        assertCode(service.start().verify(HEX_SECRET), Code.MALFORMED);
        assertCode(
                service.start(service.builder().alsoAccept(KeyFormat.sha64Hex()))
                        .verify(HEX_SECRET),
                Code.VALID);
        assertCode(
                service.start(service.builder().pepper(NEW).alsoAccept(KeyFormat.sha64Hex()))
                        .verify(HEX_SECRET),
                Code.SECRET_MISMATCH);
    }

    @Test
    void anImportedKeyIsFoundByOneLookupAndCachedLikeOthers() {
        KeyRow row = imported();
        ApiKeyManager keys = service.start(service.builder().alsoAccept(KeyFormat.sha64Hex()));

        for (int i = 0; i < 5; i++) {
            assertThat(keys.verify(HEX_SECRET).orElseThrow().id()).isEqualTo(KeyId.of(row.id()));
        }
        assertThat(service.store.hooks.calls()).containsExactly("findByLookup");
    }

    @Test
    void noVerificationOfAnImportedKeySeesTheRecordFromBeforeAWrite() {
        KeyId id = KeyId.of(imported().id());
        ApiKeyManager keys = service.start(service.builder().alsoAccept(KeyFormat.sha64Hex()));
        assertCode(keys.verify(HEX_SECRET), Code.VALID);

        keys.disable(id);
        assertCode(keys.verify(HEX_SECRET), Code.DISABLED);
        keys.enable(id);
        assertCode(keys.verify(HEX_SECRET), Code.VALID);
        keys.revoke(id, "leaked");
        assertCode(keys.verify(HEX_SECRET), Code.REVOKED);
        keys.delete(id);
        assertCode(keys.verify(HEX_SECRET), Code.UNKNOWN);
    }

    @Test
    void anUnknownImportedSecretIsUnknownAndItsAbsenceIsCached() {
        ApiKeyManager keys = service.start(service.builder().alsoAccept(KeyFormat.sha64Hex()));

        assertCode(keys.verify(HEX_SECRET), Code.UNKNOWN);
        assertCode(keys.verify(HEX_SECRET), Code.UNKNOWN);
        assertThat(service.store.hooks.calls()).containsExactly("findByLookup");
    }

    @Test
    void anImportedKeyKeepsItsHashAndLookupThroughMaintenance() {
        KeyRow row = imported();
        ApiKeyManager keys = service.start(
                service.builder().pepper(NEW).alsoAccept(KeyFormat.sha64Hex().acceptingUnpeppered()));
        assertCode(keys.verify(HEX_SECRET), Code.VALID);
        keys.maintain();

        assertThat(hash(KeyId.of(row.id()))).isEqualTo(row.hash());
        assertThat(service.store.row(row.id()).lookup()).isEqualTo(row.lookup());
        assertCode(keys.verify(HEX_SECRET), Code.VALID);
    }

    @Test
    void anImportedKeyRotatesIntoANativeOne() {
        KeyId id = KeyId.of(imported().id());
        ApiKeyManager keys = service.start(service.builder().alsoAccept(KeyFormat.sha64Hex()));
        CreatedKey successor = keys.rotate(id, Rotation.withGrace(Duration.ofHours(1)));

        assertThat(successor.secret().reveal()).hasSizeGreaterThan(70);
        assertThat(service.store.row(successor.id().value()).lookup()).isNull();
        assertCode(keys.verify(HEX_SECRET), Code.VALID);
        service.time.pass(Duration.ofHours(1));
        assertCode(keys.verify(HEX_SECRET), Code.REVOKED);
        assertCode(keys.verify(successor.secret().reveal()), Code.VALID);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "A", "a_b", "a b", "a$b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\u00e9"})
    void aPepperIdHasAGrammar(String id) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Pepper.of(id, filled(1)))
                .withMessageContaining("pepper id")
                .withMessageContaining("1 to 32 characters of [a-z0-9.-]");
    }

    @Test
    void aPepperHasAtLeast32Bytes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Pepper.of("p", new byte[31]))
                .withMessageContaining("31")
                .withMessageContaining("32 to 1024");
        assertThat(Pepper.of("p", new byte[32]).id()).isEqualTo("p");
        assertThat(Pepper.of("p", new byte[1_024])).isNotNull();
        assertThatIllegalArgumentException().isThrownBy(() -> Pepper.of("p", new byte[1_025]));
    }

    @Test
    void aPepperIdIsGivenOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> service.builder().pepper(NEW).retiredPepper(NEW).build())
                .withMessageContaining("2026-11");
    }

    @Test
    void aRetiredPepperNeedsACurrentOneToWhichHashesMove() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> service.builder().retiredPepper(OLD).build())
                .withMessageContaining("retiredPepper")
                .withMessageContaining("pepper");
    }
}
