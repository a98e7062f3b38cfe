package dev.apikeys.benchmarks;

import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.Pepper;
import dev.apikeys.Proof;
import dev.apikeys.Verification;
import dev.apikeys.VerificationRequest;
import dev.apikeys.casbin.CasbinAuthorizer;
import dev.apikeys.memory.InMemoryApiKeyStore;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.password.MessageDigestPasswordEncoder;

/**
 * What a verification costs from the cache, over 1 024 keys: good and bad ones, with a pepper and without, with a
 * permission and with a resource. Floors: one hash of that length, by a copied digest or by a new one, and one map get.
 * Peers: the encoders of Spring Security that are put to API keys; they only compare, and find nothing.
 *
 * <p>{@code java -jar apikeys-benchmarks/target/benchmarks.jar jmh VerifyBenchmark -prof gc}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class VerifyBenchmark {
    private static final int KEYS = 1_024;
    private static final Duration NEVER = Duration.ofHours(1);
    private static final Access UPLOAD = Access.permission("upload");
    private static final Access FILE = Access.resource("/api/v1/files/a.txt", "GET");
    private static final String POLICY = """
            p, read, /api/v1/files/*, GET, allow
            p, upload, /api/v1/files/*, PUT, allow
            """;

    private final ApiKeyManager plain = ApiKeys.builder(new InMemoryApiKeyStore())
            .cacheMaxAge(NEVER)
            .authorizer(CasbinAuthorizer.fromPolicy(POLICY))
            .build();
    private final ApiKeyManager peppered = ApiKeys.builder(new InMemoryApiKeyStore())
            .cacheMaxAge(NEVER)
            .pepper(Pepper.of("2026-11", new byte[32]))
            .build();
    private final BCryptPasswordEncoder bcrypt = new BCryptPasswordEncoder();

    @SuppressWarnings("deprecation") // As it is commonly used for API keys; that is what it stands here for.
    private final MessageDigestPasswordEncoder sha256 = new MessageDigestPasswordEncoder("SHA-256");

    private final ConcurrentHashMap<String, byte[]> hashes = new ConcurrentHashMap<>();
    private String[] secrets = {};
    private Proof[] proofs = {};
    private String[] pepperedSecrets = {};
    private String[] unknown = {};
    private String[] mistyped = {};
    private String bcryptHash = "";
    private String sha256Hash = "";
    private final MessageDigest digest = newDigest();
    private final Mac mac = newMac();

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Mac newMac() {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(new byte[32], "HmacSHA256"));
            return mac;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Creates the keys and verifies each once. */
    @Setup
    public void fill() {
        secrets = Scene.fill(plain, KEYS, KEYS).toArray(String[]::new);
        pepperedSecrets = Scene.fill(peppered, KEYS, KEYS).toArray(String[]::new);
        unknown = strangers().toArray(String[]::new);
        mistyped = new String[KEYS];
        proofs = new Proof[KEYS];
        for (int i = 0; i < KEYS; i++) {
            mistyped[i] = mistyped(secrets[i]);
            proofs[i] = ((Verification.Verified) plain.verify(secrets[i])).proof();
            peppered.verify(pepperedSecrets[i]).orElseThrow();
            plain.verify(unknown[i]);
            hashes.put(Floor.id(secrets[i]), newDigest().digest(secrets[i].getBytes(StandardCharsets.ISO_8859_1)));
        }
        bcryptHash = bcrypt.encode(secrets[0].substring(0, 72));
        sha256Hash = sha256.encode(secrets[0]);
    }

    private static List<String> strangers() {
        ApiKeyManager other = ApiKeys.builder(new InMemoryApiKeyStore()).build();
        try {
            return new ArrayList<>(Scene.fill(other, KEYS, KEYS));
        } finally {
            other.close();
        }
    }

    /** One character of the random part is another one. */
    private static String mistyped(String secret) {
        char wrong = secret.charAt(40) == 'x' ? 'y' : 'x';
        return secret.substring(0, 40) + wrong + secret.substring(41);
    }

    /** Stops the managers' threads. */
    @TearDown
    public void close() {
        plain.close();
        peppered.close();
    }

    private static String one(String[] of) {
        return of[ThreadLocalRandom.current().nextInt(KEYS)];
    }

    /** A good key. */
    @Benchmark
    public Verification warm() {
        return plain.verify(one(secrets));
    }

    /** A good key whose hash is under a pepper. */
    @Benchmark
    public Verification warmPeppered() {
        return peppered.verify(one(pepperedSecrets));
    }

    /** A good key that needs a permission. */
    @Benchmark
    public Verification warmPermission() {
        return plain.verify(one(secrets), UPLOAD);
    }

    /** A key whose secret was verified earlier. */
    @Benchmark
    public Verification authorize() {
        return plain.authorize(proofs[ThreadLocalRandom.current().nextInt(KEYS)], VerificationRequest.forProof());
    }

    /** A good key that needs a resource. */
    @Benchmark
    public Verification warmResource() {
        return plain.verify(one(secrets), FILE);
    }

    /** A well-formed key that nobody has. */
    @Benchmark
    public Verification unknownId() {
        return plain.verify(one(unknown));
    }

    /** A typo. */
    @Benchmark
    public Verification badChecksum() {
        return plain.verify(one(mistyped));
    }

    /** The floor, with a digest that is copied. */
    @Benchmark
    public boolean floorCopied() throws CloneNotSupportedException {
        String secret = one(secrets);
        byte[] hash = ((MessageDigest) digest.clone()).digest(secret.getBytes(StandardCharsets.ISO_8859_1));
        return MessageDigest.isEqual(hash, hashes.get(Floor.id(secret)));
    }

    /** The floor, with a new digest. */
    @Benchmark
    public boolean floorNew() throws NoSuchAlgorithmException {
        String secret = one(secrets);
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.ISO_8859_1));
        return MessageDigest.isEqual(hash, hashes.get(Floor.id(secret)));
    }

    /** The floor under a pepper. */
    @Benchmark
    public boolean floorPeppered() throws CloneNotSupportedException {
        String secret = one(secrets);
        byte[] hash = ((Mac) mac.clone()).doFinal(secret.getBytes(StandardCharsets.ISO_8859_1));
        return MessageDigest.isEqual(hash, hashes.get(Floor.id(secret)));
    }

    /** Spring Security's bcrypt of the first 72 bytes, which are all it takes. */
    @Benchmark
    public boolean springBcrypt() {
        return bcrypt.matches(secrets[0].substring(0, 72), bcryptHash);
    }

    /** Spring Security's salted SHA-256. */
    @Benchmark
    public boolean springSha256() {
        return sha256.matches(secrets[0], sha256Hash);
    }
}
