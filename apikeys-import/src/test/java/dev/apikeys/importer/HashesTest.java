package dev.apikeys.importer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class HashesTest {

    @Test
    void everyFormOfAHashIsRead() throws NoSuchAlgorithmException {
        for (int i = 0; i < 1_000; i++) {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(("secret " + i).getBytes(StandardCharsets.UTF_8));
            String hex = HexFormat.of().formatHex(hash);
            assertThat(Hashes.hex(hex)).isEqualTo(hex);
            assertThat(Hashes.hex(HexFormat.of().withUpperCase().formatHex(hash)))
                    .isEqualTo(hex);
            assertThat(Hashes.hex(Base64.getEncoder().encodeToString(hash))).isEqualTo(hex);
            assertThat(Hashes.hex(Base64.getUrlEncoder().encodeToString(hash))).isEqualTo(hex);
            assertThat(Hashes.hex(Base64.getEncoder().withoutPadding().encodeToString(hash)))
                    .isEqualTo(hex);
            assertThat(Hashes.hex(Base64.getUrlEncoder().withoutPadding().encodeToString(hash)))
                    .isEqualTo(hex);
        }
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "sk_in_clear",
                // 63 and 65 digits
                "0d7f11803834307e0a89dbf3e61485c9aa4e1564ad5c0ff0b4807d4bdc33382",
                "0d7f11803834307e0a89dbf3e61485c9aa4e1564ad5c0ff0b4807d4bdc3338240",
                "gd7f11803834307e0a89dbf3e61485c9aa4e1564ad5c0ff0b4807d4bdc333824",
                "0d7f11803834307e0a89dbf3e61485c9aa4e1564ad5c0ff0b4807d4bdc333824\n",
                "DX8RgDg0MH4Kidvz5hSFyapOFWStXA/wtIB9S9wzOC",
                "DX8RgDg0MH4Kidvz5hSFyapOFWStXA/wtIB9S9wzOCQ==",
                "DX8RgDg0MH4Kidvz5hSFyapOFWStXA/wtIB9S9wzOC==",
                "DX8RgDg0MH4Kidvz5hSFyapOFWStXA.wtIB9S9wzOCQ=",
                "DX8RgDg0MH4Kidvz5hSFyapOFWStXA/wtIB9S9wzOCQ=\n",
                // The last digit has two bits too many.
                "DX8RgDg0MH4Kidvz5hSFyapOFWStXA/wtIB9S9wzOCR="
            })
    void whatIsNoHashOf32BytesIsRefused(String text) {
        assertThat(Hashes.hex(text)).isNull();
    }
}
