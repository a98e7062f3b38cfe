package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.Verification.Code;
import dev.apikeys.Verification.PublicCode;
import dev.apikeys.Verification.Rejected;
import dev.apikeys.Verification.RejectedException;
import dev.apikeys.Verification.Verified;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.StorageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a verification answers, and which answer wins. */
class VerificationTest {
    private final Service service = new Service();
    private final ApiKeyManager keys = service.start(service.builder().cacheMaxAge(Duration.ZERO));

    @AfterEach
    void close() {
        service.close();
    }

    private static void assertRejected(
            Verification verification, Code code, PublicCode publicCode, int status, boolean proven) {
        assertCode(verification, code);
        assertThat(verification.publicCode()).isEqualTo(publicCode);
        assertThat(verification.httpStatus()).isEqualTo(status);
        assertThat(verification.provenKey().isPresent()).as("shows the key").isEqualTo(proven);
        assertThat(verification.retryAfter().isPresent()).isEqualTo(status == 503);
        assertThat(verification).isInstanceOf(Rejected.class);
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(verification::orElseThrow)
                .withMessage(publicCode.name())
                .satisfies(e -> assertThat(e.rejected()).isSameAs(verification));
    }

    private static String flippedAt(String text, int index) {
        char flipped = text.charAt(index) == 'A' ? 'B' : 'A';
        return text.substring(0, index) + flipped + text.substring(index + 1);
    }

    /** The same key id with another random part and a checksum that holds. */
    private static String forged(CreatedKey key) {
        return new String(
                KeyFormat.Native.of("sk").secret(key.id().value(), new byte[32]),
                java.nio.charset.StandardCharsets.US_ASCII);
    }

    @Test
    void aRejectionThatWasSerializedKeepsItsCode() throws Exception {
        RejectedException thrown = assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> keys.verify("nonsense").orElseThrow())
                .actual();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(thrown);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            RejectedException read = (RejectedException) in.readObject();

            assertThat(read).hasMessage("UNAUTHENTICATED");
            assertThat(read.rejected().code()).isEqualTo(Code.MALFORMED);
        }
    }

    @Test
    void aGoodKeyIsValidAndYieldsItsRecord() {
        CreatedKey created = keys.create(spec());

        Verification verification = keys.verify(created.secret().reveal());

        assertCode(verification, Code.VALID);
        assertThat(verification).isInstanceOf(Verified.class);
        assertThat(verification.publicCode()).isEqualTo(PublicCode.VALID);
        assertThat(verification.httpStatus()).isEqualTo(200);
        assertThat(verification.retryAfter()).isEmpty();
        assertThat(verification.orElseThrow()).isEqualTo(created.key());
        assertThat(verification.provenKey()).contains(created.key());
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " ", "\t\n", "\u2003"})
    void nothingPresentedIsMissingWithoutAskingTheStore(String presented) {
        assertRejected(keys.verify(presented), Code.MISSING, PublicCode.UNAUTHENTICATED, 401, false);
        assertThat(service.store.hooks.calls()).isEmpty();
    }

    @Test
    void whatHasNoRegisteredFormatIsMalformedWithoutAskingTheStore() {
        String good = keys.create(spec()).secret().reveal();
        service.store.hooks.forgetCalls();

        for (String presented : new String[] {
            "hello",
            good.substring(1),
            good + "0",
            good.substring(0, good.length() - 1),
            " " + good,
            good + " ",
            "SK" + good.substring(2),
            "pk" + good.substring(2),
            "sk-" + good.substring(3),
            good.replace('_', '-'),
            good.substring(0, 3) + "u" + good.substring(4),
            good.substring(0, 3) + "8" + good.substring(4),
            good.substring(0, 40) + "-" + good.substring(41),
            good.substring(0, 40) + "\u00e9" + good.substring(41),
            good.substring(0, 40) + "\u0141" + good.substring(41),
            good.substring(0, 40) + "\ud800" + good.substring(41),
            good.substring(0, 40) + "\0" + good.substring(41),
            "sk_" + "0".repeat(64),
            good.repeat(4),
            " ".repeat(257),
            "x".repeat(1_000_000),
        }) {
            assertRejected(keys.verify(presented), Code.MALFORMED, PublicCode.UNAUTHENTICATED, 401, false);
        }
        assertThat(service.store.hooks.calls()).isEmpty();
    }

    @Test
    void aWrongChecksumIsBadChecksumWithoutAskingTheStore() {
        CreatedKey created = keys.create(spec());
        String good = created.secret().reveal();
        service.store.hooks.forgetCalls();

        for (int index : new int[] {good.length() - 1, good.length() - 6, good.length() - 7, 35}) {
            Verification verification = keys.verify(flippedAt(good, index));

            assertRejected(verification, Code.BAD_CHECKSUM, PublicCode.UNAUTHENTICATED, 401, false);
            assertThat(((Rejected) verification).claimedId()).isEmpty();
        }
        assertThat(service.store.hooks.calls()).isEmpty();
    }

    @Test
    void aStoreThatThrowsMakesStoreUnavailable() {
        CreatedKey created = keys.create(spec());
        String good = created.secret().reveal();

        for (RuntimeException failure : new RuntimeException[] {
            new StorageException("down", null),
            new StorageException("down", null, true, null),
            new IllegalStateException("broken"),
            new KeyNotFoundException(created.id()),
            new ConflictException(created.id(), ConflictException.Reason.CONTENDED, "is odd"),
        }) {
            service.store.hooks.before("find", Hooks.throwing(() -> failure));
            assertRejected(keys.verify(good), Code.STORE_UNAVAILABLE, PublicCode.UNAVAILABLE, 503, false);
        }
    }

    @Test
    void whatFailedIsKnownByItsClassesAndPlaceAndNeverByItsMessage() {
        String good = keys.create(spec()).secret().reveal();
        service.store.hooks.before(
                "find",
                Hooks.throwing(
                        () -> new StorageException("of us", new java.io.IOException("row with hash sha256$$00"))));

        Rejected unavailable = (Rejected) keys.verify(good);
        assertThat(unavailable.failure())
                .get()
                .asString()
                .contains("StorageException, caused by java.io.IOException at dev.apikeys.VerificationTest.")
                .doesNotContain("sha256", "of us");
        service.store.hooks.clear();

        ApiKeyManager guarded = service.start(service.builder().authorizer((granted, resource, action) -> {
            throw new IllegalStateException("policy with " + good);
        }));
        Rejected undecided = (Rejected) guarded.verify(good, Access.resource("/", "GET"));
        assertThat(undecided.code()).isEqualTo(Code.AUTHORIZER_FAILED);
        assertThat(undecided.failure())
                .get()
                .asString()
                .contains("IllegalStateException at dev.apikeys.VerificationTest.")
                .doesNotContain("policy");

        for (String wrong : new String[] {"sk_x", null, flippedAt(good, good.length() - 1)}) {
            assertThat(((Rejected) keys.verify(wrong)).failure()).isEmpty();
        }
        assertThat(((Rejected) keys.verify(good, Access.permission("none"))).failure())
                .isEmpty();
    }

    @Test
    void aStoreThatFailsWithAnErrorMakesStoreUnavailable() {
        String good = keys.create(spec()).secret().reveal();

        service.store.hooks.before("find", () -> {
            throw new NoClassDefFoundError("org/example/Driver");
        });

        assertCode(keys.verify(good), Code.STORE_UNAVAILABLE);
    }

    @Test
    void unknownAndMismatchedLookTheSameToTheCaller() {
        CreatedKey created = keys.create(spec());
        CreatedKey gone = keys.create(spec());
        keys.delete(gone.id());

        Verification unknown = keys.verify(gone.secret().reveal());
        Verification mismatch = keys.verify(forged(created));

        assertRejected(unknown, Code.UNKNOWN, PublicCode.UNAUTHENTICATED, 401, false);
        assertRejected(mismatch, Code.SECRET_MISMATCH, PublicCode.UNAUTHENTICATED, 401, false);
        assertThat(((Rejected) unknown).claimedId()).contains(gone.id());
        assertThat(((Rejected) mismatch).claimedId()).contains(created.id());
    }

    @Test
    void aCorruptRecordIsSecretUntilItsSecretIsProven() {
        CreatedKey created = keys.create(spec());
        service.edit(created.id(), "permissions", "[\"re");

        assertRejected(keys.verify(created.secret().reveal()), Code.CORRUPT_RECORD, PublicCode.FORBIDDEN, 403, true);
        assertRejected(keys.verify(forged(created)), Code.SECRET_MISMATCH, PublicCode.UNAUTHENTICATED, 401, false);

        service.edit(created.id(), "hash", "md5$$00");
        assertRejected(
                keys.verify(created.secret().reveal()), Code.CORRUPT_RECORD, PublicCode.UNAUTHENTICATED, 401, false);
    }

    @ParameterizedTest
    @CsvSource({
        "permissions, [1]",
        "permissions, {",
        "metadata, [",
        "metadata, '{\"a\":1}'",
        "createdAt, -9223372036854775808",
        "updatedAt, 9223372036854775807",
        "expiresAt, -9223372036854775808",
        "expiresAt, 9223372036854775807",
        "lastUsedAt, -9223372036854775808",
        "revokedAt, -9223372036854775808",
        "revokedAt, 9223372036854775807",
        "disabledAt, -9223372036854775808",
        "usageCount, -1",
        "version, 0",
        "rotatedFrom, elsewhere",
        "rotatedTo, AK_1"
    })
    void anyUnreadableFieldMakesARecordCorruptLoggedAndListable(String column, String value) {
        CreatedKey created = keys.create(spec());
        boolean text = column.equals("permissions") || column.equals("metadata") || column.startsWith("rotated");
        service.edit(created.id(), column, text ? value : (Object) Long.valueOf(value));

        try (CapturedLog log = new CapturedLog()) {
            assertRejected(
                    keys.verify(created.secret().reveal()), Code.CORRUPT_RECORD, PublicCode.FORBIDDEN, 403, true);
            assertThat(log.lines(created.id().value())).anyMatch(line -> line.contains(column));
        }
        assertThat(keys.find(created.id()))
                .get()
                .satisfies(key -> assertThat(key.damaged()).containsExactly(column));
        assertThat(keys.list(KeyQuery.all()).items()).extracting(ApiKey::id).containsExactly(created.id());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sha256$$",
                "sha256$$zz",
                "sha256$x$0000000000000000000000000000000000000000000000000000000000000000",
                "sha256$$000000000000000000000000000000000000000000000000000000000000000g",
                "hmac-sha256$$0000000000000000000000000000000000000000000000000000000000000000",
                "hmac-sha256$P$0000000000000000000000000000000000000000000000000000000000000000",
                "hmac-sha256",
                "plain"
            })
    void aHashThatCannotBeReadIsCorruptAndNotAMismatch(String hash) {
        CreatedKey created = keys.create(spec());
        service.edit(created.id(), "hash", hash);

        assertCode(keys.verify(created.secret().reveal()), Code.CORRUPT_RECORD);
        assertThat(keys.find(created.id()).orElseThrow().damaged()).containsExactly("hash");
    }

    @Test
    void endedKeysSaySoOnlyToWhoHasTheSecret() {
        CreatedKey revoked = keys.create(spec());
        CreatedKey expired = keys.create(KeySpec.builder("short")
                .role("admin")
                .expiresIn(Duration.ofMinutes(1))
                .build());
        CreatedKey disabled = keys.create(spec());
        keys.revoke(revoked.id(), "leaked");
        keys.disable(disabled.id());
        service.time.pass(Duration.ofMinutes(1));

        assertRejected(keys.verify(revoked.secret().reveal()), Code.REVOKED, PublicCode.REVOKED, 401, true);
        assertRejected(keys.verify(expired.secret().reveal()), Code.EXPIRED, PublicCode.EXPIRED, 401, true);
        assertRejected(keys.verify(disabled.secret().reveal()), Code.DISABLED, PublicCode.DISABLED, 403, true);
        for (CreatedKey ended : new CreatedKey[] {revoked, expired, disabled}) {
            assertCode(keys.verify(forged(ended)), Code.SECRET_MISMATCH);
        }
    }

    @Test
    void aStatusHoldsFromItsMillisecondOn() {
        CreatedKey created = keys.create(KeySpec.builder("x")
                .role("admin")
                .expiresIn(Duration.ofMillis(5))
                .build());

        service.time.pass(Duration.ofMillis(4));
        assertCode(keys.verify(created.secret().reveal()), Code.VALID);
        service.time.pass(Duration.ofMillis(1));
        assertCode(keys.verify(created.secret().reveal()), Code.EXPIRED);
    }

    @Test
    void theFirstFailureWins() {
        CreatedKey created = keys.create(KeySpec.builder("x")
                .permissions(Set.of())
                .expiresIn(Duration.ofDays(1))
                .build());
        KeyId id = created.id();
        Access access = Access.permission("upload");
        String good = created.secret().reveal();
        KeyRow sound = service.store.row(id.value());
        long now = service.time.millis();

        assertCode(keys.verify(good, access), Code.INSUFFICIENT_PERMISSIONS);
        service.edit(id, "disabledAt", now);
        assertCode(keys.verify(good, access), Code.DISABLED);
        service.edit(id, "expiresAt", now);
        assertCode(keys.verify(good, access), Code.EXPIRED);
        service.edit(id, "revokedAt", now);
        assertCode(keys.verify(good, access), Code.REVOKED);
        service.edit(id, "metadata", "?");
        assertCode(keys.verify(good, access), Code.CORRUPT_RECORD);
        assertCode(keys.verify(forged(created), access), Code.SECRET_MISMATCH);
        keys.delete(id);
        assertCode(keys.verify(good, access), Code.UNKNOWN);
        service.store.hooks.before("find", Hooks.throwing(() -> new StorageException("down", null)));
        assertCode(keys.verify(good, access), Code.STORE_UNAVAILABLE);
        assertCode(keys.verify(flippedAt(good, 40), access), Code.BAD_CHECKSUM);
        assertCode(keys.verify("x", access), Code.MALFORMED);
        assertCode(keys.verify(" ", access), Code.MISSING);
        assertThat(sound.status(now)).isEqualTo(KeyStatus.ACTIVE);
    }

    @Test
    void aStatusThatLiesAheadDoesNotCountYet() {
        CreatedKey created = keys.create(spec());
        service.edit(created.id(), "revokedAt", service.time.millis() + 1);

        assertCode(keys.verify(created.secret().reveal()), Code.VALID);
        service.time.pass(Duration.ofMillis(1));
        assertCode(keys.verify(created.secret().reveal()), Code.REVOKED);
    }

    @Test
    void missingPermissionsAreInTheResultAndNotInThePublicText() {
        CreatedKey created = keys.create(spec("read"));

        Verification verification = keys.verify(created.secret().reveal(), Access.allOf("upload", "read", "download"));

        assertRejected(verification, Code.INSUFFICIENT_PERMISSIONS, PublicCode.INSUFFICIENT_PERMISSIONS, 403, true);
        assertThat(((Rejected) verification).missing()).containsExactly("download", "upload");
        assertThat(verification.publicCode().toString()).doesNotContain("upload");
    }

    @Test
    void aResourceWithoutAnAuthorizerIsDeniedAndTheLogSaysOnceWhatIsMissing() {
        CreatedKey created = keys.create(spec());
        try (CapturedLog log = new CapturedLog()) {
            for (int i = 0; i < 3; i++) {
                assertCode(
                        keys.verify(created.secret().reveal(), Access.resource("/", "GET")),
                        Code.INSUFFICIENT_PERMISSIONS);
            }
            assertThat(log.lines("ApiKeys.Builder.authorizer")).hasSize(1);
        }
    }

    @Test
    void anAuthorizerThatThrowsMakesAuthorizerFailed() {
        for (Runnable failure : new Runnable[] {
            Hooks.throwing(() -> new IllegalStateException("policy not loaded")),
            Hooks.throwing(() -> new KeyNotFoundException(KeyId.random())),
            () -> {
                throw new StackOverflowError();
            },
            () -> {
                throw new AssertionError();
            },
        }) {
            ApiKeyManager guarded = service.start(service.builder().authorizer((granted, resource, action) -> {
                failure.run();
                return true;
            }));
            CreatedKey created = guarded.create(spec());

            assertRejected(
                    guarded.verify(created.secret().reveal(), Access.resource("/files", "GET")),
                    Code.AUTHORIZER_FAILED,
                    PublicCode.UNAVAILABLE,
                    503,
                    true);
        }
    }

    /** A mapped file that is gone is an InternalError, and a driver that lacks a class a LinkageError. */
    @Test
    void anErrorOfTheHostIsAnOutageButThatMemoryHasRunOut() {
        for (Error error : List.of(
                new InternalError("planted"),
                new UnknownError("planted"),
                new StackOverflowError(),
                new NoClassDefFoundError("planted"),
                new AssertionError())) {
            CreatedKey created = keys.create(spec());
            service.store.hooks.before("find", () -> {
                throw error;
            });
            assertCode(service.start().verify(created.secret().reveal()), Code.STORE_UNAVAILABLE);
            service.store.hooks.clear();
            ApiKeyManager guarded = service.start(service.builder().authorizer((granted, resource, action) -> {
                throw error;
            }));
            assertCode(
                    guarded.verify(created.secret().reveal(), Access.resource("/files", "GET")),
                    Code.AUTHORIZER_FAILED);
        }
        CreatedKey created = keys.create(spec());
        service.store.hooks.before("find", () -> {
            throw new OutOfMemoryError("planted");
        });
        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> keys.verify(created.secret().reveal()));
    }

    @Test
    void everyOutcomeIsCountedOnce() {
        CreatedKey created = keys.create(spec());
        keys.verify(created.secret().reveal());
        keys.verify(created.secret().reveal());
        keys.verify((String) null);
        keys.verify("x");

        assertThat(keys.stats().verifications())
                .isEqualTo(Map.of(Code.VALID, 2L, Code.MISSING, 1L, Code.MALFORMED, 1L));
    }

    @Test
    void onlyAValidVerificationCountsAsAUse() {
        CreatedKey created = keys.create(spec());
        keys.verify(forged(created));
        keys.verify(created.secret().reveal(), Access.permission("admin"));
        assertThat(keys.stats().usagePending()).isZero();

        keys.verify(created.secret().reveal(), Access.permission("read"));
        assertThat(keys.stats().usagePending()).isOne();
    }

    @Test
    void anOutageIsLoggedUpToARate() {
        CreatedKey created = keys.create(spec());
        service.store.hooks.before("find", Hooks.throwing(() -> new StorageException("down", null)));

        try (CapturedLog log = new CapturedLog()) {
            for (int i = 0; i < 50; i++) {
                keys.verify(created.secret().reveal());
            }
            assertThat(log.lines("could not read from the store")).hasSize(1);
            service.time.pass(Duration.ofSeconds(1));
            keys.verify(created.secret().reveal());
            assertThat(log.lines("could not read from the store")).hasSize(2);
        }
    }
}
