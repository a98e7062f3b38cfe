package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Verification.Code;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.MessageDigest;
import java.security.MessageDigestSpi;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.MacSpi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A secret of an unknown key costs one hash, as a wrong secret of a known key does. The JVM's provider counts. */
class OneHashTest {
    private final Counting counting = new Counting();
    private final Service service = new Service();

    @BeforeEach
    void count() {
        Security.insertProviderAt(counting, 1);
    }

    @AfterEach
    void close() {
        Security.removeProvider(counting.getName());
        service.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anUnknownIdAWrongSecretAndAGoodOneCostOneHashEach(boolean peppered) {
        byte[] pepper = new byte[32];
        Arrays.fill(pepper, (byte) 1);
        ApiKeys.Builder builder = service.builder();
        ApiKeyManager keys = service.start(peppered ? builder.pepper(Pepper.of("2026-11", pepper)) : builder);
        CreatedKey known = keys.create(spec());
        CreatedKey deleted = keys.create(spec());
        String good = known.secret().reveal();
        String wrong = new String(
                KeyFormat.Native.of("sk").secret(known.id().value(), new byte[32]), StandardCharsets.US_ASCII);
        String unknown = deleted.secret().reveal();
        keys.delete(deleted.id());
        // The first of each reads the row, the second finds what is cached.
        for (int i = 0; i < 2; i++) {
            assertOneHash(keys, good, Code.VALID, peppered);
            assertOneHash(keys, wrong, Code.SECRET_MISMATCH, peppered);
            assertOneHash(keys, unknown, Code.UNKNOWN, peppered);
        }
    }

    private void assertOneHash(ApiKeyManager keys, String presented, Code expected, boolean peppered) {
        counting.digests.set(0);
        counting.macs.set(0);
        assertCode(keys.verify(presented), expected);
        // The JDK's HMAC-SHA-256 may take its SHA-256 from here.
        assertThat(peppered ? counting.macs : counting.digests)
                .as("hashes for %s", expected)
                .hasValue(1);
        assertThat(counting.macs).hasValue(peppered ? 1 : 0);
    }

    /** The JDK's functions, counted. */
    private static final class Counting extends Provider {
        private static final long serialVersionUID = 1L;

        private final transient AtomicInteger digests = new AtomicInteger();
        private final transient AtomicInteger macs = new AtomicInteger();

        Counting() {
            super("Counting", "1", "counts hashes");
            offer("MessageDigest", "SHA-256");
            offer("Mac", "HmacSHA256");
        }

        private void offer(String type, String algorithm) {
            putService(new Service(this, type, algorithm, "Counting", null, null) {
                @Override
                public Object newInstance(Object parameter) throws NoSuchAlgorithmException {
                    try {
                        return type.equals("Mac")
                                ? new CountedMac(Mac.getInstance(algorithm, "SunJCE"), macs)
                                : new CountedDigest(MessageDigest.getInstance(algorithm, "SUN"), digests);
                    } catch (GeneralSecurityException e) {
                        throw new NoSuchAlgorithmException(e);
                    }
                }
            });
        }
    }

    private static final class CountedDigest extends MessageDigestSpi implements Cloneable {
        private final MessageDigest digest;
        private final AtomicInteger hashes;

        CountedDigest(MessageDigest digest, AtomicInteger hashes) {
            this.digest = digest;
            this.hashes = hashes;
        }

        @Override
        protected void engineUpdate(byte input) {
            digest.update(input);
        }

        @Override
        protected void engineUpdate(byte[] input, int offset, int length) {
            digest.update(input, offset, length);
        }

        @Override
        protected byte[] engineDigest() {
            hashes.incrementAndGet();
            return digest.digest();
        }

        @Override
        protected int engineGetDigestLength() {
            return digest.getDigestLength();
        }

        @Override
        protected void engineReset() {
            digest.reset();
        }

        @Override
        public Object clone() throws CloneNotSupportedException {
            return new CountedDigest((MessageDigest) digest.clone(), hashes);
        }
    }

    private static final class CountedMac extends MacSpi implements Cloneable {
        private final Mac mac;
        private final AtomicInteger hashes;

        CountedMac(Mac mac, AtomicInteger hashes) {
            this.mac = mac;
            this.hashes = hashes;
        }

        @Override
        protected int engineGetMacLength() {
            return mac.getMacLength();
        }

        @Override
        protected void engineInit(Key key, AlgorithmParameterSpec parameters) throws InvalidKeyException {
            mac.init(key);
        }

        @Override
        protected void engineUpdate(byte input) {
            mac.update(input);
        }

        @Override
        protected void engineUpdate(byte[] input, int offset, int length) {
            mac.update(input, offset, length);
        }

        @Override
        protected byte[] engineDoFinal() {
            hashes.incrementAndGet();
            return mac.doFinal();
        }

        @Override
        protected void engineReset() {
            mac.reset();
        }

        @Override
        public Object clone() throws CloneNotSupportedException {
            return new CountedMac((Mac) mac.clone(), hashes);
        }
    }
}
