package dev.apikeys;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.internal.crypto.HashFunction;
import dev.apikeys.internal.crypto.SecretHasher;
import dev.apikeys.internal.crypto.StoredHash;
import dev.apikeys.internal.crypto.TicketSeal;
import dev.apikeys.internal.text.KeyIds;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** Texts that stand in somebody's database or hands are made and read as ever; see golden/v1/README.md. */
class GoldenVectorsTest {
    private static final HexFormat HEX = HexFormat.of();

    @Test
    void aKeyIdIsMadeOfTimeAndRandomBytesAsEver() {
        List<List<String>> vectors = Golden.lines("key-ids.txt");

        assertThat(vectors).hasSizeGreaterThanOrEqualTo(6).allSatisfy(vector -> {
            assertThat(KeyIds.text(Long.parseLong(vector.get(0)), HEX.parseHex(vector.get(1))))
                    .isEqualTo(vector.get(2));
            assertThat(KeyIds.isStandard(vector.get(2))).isTrue();
        });
    }

    @Test
    void aSecretIsMadeOfIdAndRandomBytesAsEverAndReadAgain() {
        List<List<String>> vectors = Golden.lines("secrets.txt");

        assertThat(vectors).hasSizeGreaterThanOrEqualTo(6).allSatisfy(vector -> {
            KeyFormat.Native format = KeyFormat.Native.of(vector.get(0));
            byte[] secret = format.secret(vector.get(1), HEX.parseHex(vector.get(2)));

            assertThat(new String(secret, US_ASCII)).isEqualTo(vector.get(3));
            assertThat(format.read(secret)).isEqualTo(KeyFormat.Reading.SECRET);
            assertThat(format.keyId(secret)).isEqualTo(vector.get(1));
        });
    }

    @Test
    void aHashIsStoredAsEverAndReadAgain() {
        List<List<String>> vectors = Golden.lines("stored-hashes.txt");

        assertThat(vectors).hasSizeGreaterThanOrEqualTo(12).allSatisfy(vector -> {
            Pepper pepper = vector.get(0).isEmpty() ? null : Pepper.of(vector.get(0), HEX.parseHex(vector.get(1)));
            SecretHasher hasher = Pepper.hasher(pepper, List.of());
            byte[] secret = vector.get(2).getBytes(US_ASCII);

            assertThat(hasher.store(secret)).isEqualTo(vector.get(3));
            StoredHash read = hasher.read(vector.get(3));
            assertThat(read.pepperId).isEqualTo(vector.get(0));
            assertThat(read.isAtStartOf(read.function.hash(secret))).isTrue();
        });
    }

    @Test
    void aSealedTempKeyIsOpenedAsEver() {
        List<List<String>> vectors = Golden.lines("temp-keys.txt");

        assertThat(vectors).hasSizeGreaterThanOrEqualTo(3).allSatisfy(vector -> {
            TicketSeal seal = new TicketSeal(new SecureRandom());
            byte[] ticket = TicketSeal.parse(vector.get(0));

            assertThat(seal.hash(ticket)).isEqualTo(vector.get(1));
            assertThat(seal.open(ticket, vector.get(2), Long.parseLong(vector.get(3)), vector.get(5)))
                    .asString(US_ASCII)
                    .isEqualTo(vector.get(4));
        });
    }

    /** The other direction: what is sealed now opens for anybody who follows RFC 5869 and SP 800-38D alone. */
    @Test
    void aTempKeyIsSealedAsAnIndependentReaderExpects() throws GeneralSecurityException {
        String keyId = "ak_01kayqbe00000g40r40m30e209";
        TicketSeal seal = new TicketSeal(new SecureRandom());
        byte[] ticket = seal.newTicket();

        byte[] sealed =
                Base64.getDecoder().decode(seal.seal(ticket, keyId, 1_764_115_800_000L, "hidden".getBytes(US_ASCII)));

        byte[] key = hkdf(new byte[0], ticket, "apikeys temp key v1".getBytes(US_ASCII), 32);
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                Cipher.DECRYPT_MODE,
                new SecretKeySpec(key, "AES"),
                new GCMParameterSpec(128, Arrays.copyOf(sealed, 12)));
        cipher.updateAAD((keyId + "|1764115800000").getBytes(US_ASCII));
        assertThat(cipher.doFinal(sealed, 12, sealed.length - 12))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("hidden");
    }

    /** RFC 5869, appendix A.1 to A.3: so that the computation above is what it says. */
    @Test
    void theIndependentKeyDerivationIsThatOfRfc5869() throws GeneralSecurityException {
        assertThat(hkdf(hex("000102030405060708090a0b0c"), hex("0b".repeat(22)), hex("f0f1f2f3f4f5f6f7f8f9"), 42))
                .asHexString()
                .isEqualToIgnoringCase(
                        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
        assertThat(hkdf(range(0x60, 0xaf), range(0x00, 0x4f), range(0xb0, 0xff), 82))
                .asHexString()
                .isEqualToIgnoringCase("b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
                        + "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
                        + "cc30c58179ec3e87c14c01d5c1f3434f1d87");
        assertThat(hkdf(new byte[0], hex("0b".repeat(22)), new byte[0], 42))
                .asHexString()
                .isEqualToIgnoringCase(
                        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
    }

    /** RFC 4231, section 4; case 5 is left out, since it is about a truncated output. */
    @Test
    void theHmacIsThatOfRfc4231() {
        assertHmac(
                hex("0b".repeat(20)),
                "Hi There".getBytes(US_ASCII),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        assertHmac(
                "Jefe".getBytes(US_ASCII),
                "what do ya want for nothing?".getBytes(US_ASCII),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assertHmac(
                hex("aa".repeat(20)),
                hex("dd".repeat(50)),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
        assertHmac(
                range(1, 25), hex("cd".repeat(50)), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
        assertHmac(
                hex("aa".repeat(131)),
                "Test Using Larger Than Block-Size Key - Hash Key First".getBytes(US_ASCII),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
        assertHmac(
                hex("aa".repeat(131)),
                ("This is a test using a larger than block-size key and a larger than block-size data. The key needs"
                                + " to be hashed before being used by the HMAC algorithm.")
                        .getBytes(US_ASCII),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
    }

    /** FIPS 180-4, the examples of one block and of none. */
    @Test
    void thePlainHashIsSha256() {
        assertThat(HashFunction.sha256().hash("abc".getBytes(US_ASCII)))
                .asHexString()
                .isEqualToIgnoringCase("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(HashFunction.sha256().hash(new byte[0]))
                .asHexString()
                .isEqualToIgnoringCase("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    private static void assertHmac(byte[] key, byte[] data, String expected) {
        HashFunction hmac = HashFunction.hmacSha256(key);

        assertThat(hmac.hash(data)).asHexString().isEqualToIgnoringCase(expected);
        assertThat(hmac.hash(data))
                .as("the prepared state is not used up")
                .asHexString()
                .isEqualToIgnoringCase(expected);
    }

    private static byte[] hkdf(byte[] salt, byte[] input, byte[] info, int length) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(salt.length == 0 ? new byte[32] : salt, "HmacSHA256"));
        byte[] pseudoRandomKey = mac.doFinal(input);
        mac.init(new SecretKeySpec(pseudoRandomKey, "HmacSHA256"));
        byte[] output = new byte[length];
        byte[] block = new byte[0];
        for (int at = 0, number = 1; at < length; at += 32, number++) {
            mac.update(block);
            mac.update(info);
            block = mac.doFinal(new byte[] {(byte) number});
            System.arraycopy(block, 0, output, at, Math.min(32, length - at));
        }
        return output;
    }

    private static byte[] hex(String digits) {
        return HEX.parseHex(digits);
    }

    private static byte[] range(int from, int to) {
        byte[] bytes = new byte[to - from + 1];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (from + i);
        }
        return bytes;
    }
}
