package speed;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/** JWTs with the claims that a resource server reads, and what decodes them as Boot configures it. */
final class Tokens {
    private static final byte[] SECRET = "of JWTs, and 256 bits or more of it".getBytes(StandardCharsets.UTF_8);
    private static final KeyPair RSA = pair();

    private Tokens() {}

    private static KeyPair pair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2_048);
            return generator.generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static String hmac() throws JOSEException {
        return signed(JWSAlgorithm.HS256, new MACSigner(SECRET));
    }

    static String rsa() throws JOSEException {
        return signed(JWSAlgorithm.RS256, new RSASSASigner(RSA.getPrivate()));
    }

    private static String signed(JWSAlgorithm algorithm, JWSSigner signer) throws JOSEException {
        Instant now = Instant.now();
        JWTClaimsSet claims = new JWTClaimsSet.Builder()
                .subject("speed")
                .claim("scope", "read")
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(Duration.ofHours(1))))
                .build();
        SignedJWT token = new SignedJWT(new JWSHeader(algorithm), claims);
        token.sign(signer);
        return token.serialize();
    }

    static JwtDecoder hmacDecoder() {
        return NimbusJwtDecoder.withSecretKey(new SecretKeySpec(SECRET, "HmacSHA256"))
                .build();
    }

    static JwtDecoder rsaDecoder() {
        return NimbusJwtDecoder.withPublicKey((RSAPublicKey) RSA.getPublic()).build();
    }
}
