package dev.apikeys;

import dev.apikeys.internal.crypto.TicketSeal;
import dev.apikeys.internal.rows.Dates;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A manager as one caller sees it: the one that was built, or a view of it. */
final class DefaultApiKeyManager implements ApiKeyManager {
    private static final int MAX_COUNT = 10_000;
    private static final int MAX_SECRET_BYTES = 256;

    final Assembly parts;
    private final Caller caller;
    private final Runnable close;

    private DefaultApiKeyManager(Assembly parts, Caller caller, Runnable close) {
        this.parts = parts;
        this.caller = caller;
        this.close = close;
    }

    static ApiKeyManager start(ApiKeys.Builder settings) {
        Assembly parts = new Assembly(settings);
        return new DefaultApiKeyManager(parts, Caller.SYSTEM, parts.closing::close);
    }

    private ApiKeyManager view(Caller other) {
        return new DefaultApiKeyManager(parts, other, () -> {});
    }

    @Override
    public ApiKeyManager as(Actor actor) {
        return view(caller.as(Objects.requireNonNull(actor, "actor")));
    }

    @Override
    public ApiKeyManager provided(Precondition precondition) {
        return view(caller.provided(Objects.requireNonNull(precondition, "precondition")));
    }

    @Override
    public CreatedKey create(KeySpec spec) {
        Objects.requireNonNull(spec, "spec");
        return parts.entrance.run("create", operation -> parts.issuer.create(operation, caller, spec));
    }

    @Override
    public List<CreatedKey> createAll(List<KeySpec> specs) {
        List<KeySpec> copy = new ArrayList<>(Objects.requireNonNull(specs, "specs"));
        copy.forEach(spec -> Objects.requireNonNull(spec, "specs"));
        return parts.entrance.run("createAll", operation -> parts.issuer.createAll(operation, caller, copy));
    }

    @Override
    public Verification verify(@Nullable String presented) {
        return verify(presented, Access.NONE);
    }

    @Override
    public Verification verify(@Nullable String presented, Access access) {
        Objects.requireNonNull(access, "access");
        parts.admissions.enter(); // Without a closure, which would allocate on the hot path.
        try {
            return parts.verifier.verify(presented, access);
        } finally {
            parts.admissions.leave();
        }
    }

    @Override
    public Verification verify(VerificationRequest request) {
        if (Objects.requireNonNull(request, "request").forProof) {
            throw Arguments.refusedValue("request", "forProof()", "VerificationRequest.of(presented)");
        }
        parts.admissions.enter();
        try {
            return parts.verifier.verify(request);
        } finally {
            parts.admissions.leave();
        }
    }

    @Override
    public Verification authorize(Proof proof, VerificationRequest request) {
        Objects.requireNonNull(proof, "proof");
        if (!Objects.requireNonNull(request, "request").forProof) {
            throw Arguments.refusedValue("request", "of(presented)", "VerificationRequest.forProof()");
        }
        parts.admissions.enter();
        try {
            return parts.verifier.authorize(proof, request);
        } finally {
            parts.admissions.leave();
        }
    }

    @Override
    public Optional<KeyId> claimedId(@Nullable String presented) {
        parts.entrance.requireOpen();
        return parts.verifier.claimedId(presented);
    }

    @Override
    public boolean recognizes(@Nullable String presented) {
        return parts.verifier.recognizes(presented);
    }

    @Override
    public Optional<ApiKey> find(KeyId id) {
        Objects.requireNonNull(id, "id");
        return parts.entrance.run("find", id.value(), operation -> parts.finder.find(operation, id));
    }

    @Override
    public Page<ApiKey> list(KeyQuery query) {
        Objects.requireNonNull(query, "query");
        return parts.entrance.run("list", operation -> parts.finder.list(operation, query));
    }

    @Override
    public int count(KeyQuery query, int atMost) {
        Objects.requireNonNull(query, "query");
        Arguments.range("atMost", atMost, 1, MAX_COUNT);
        return parts.entrance.run("count", operation -> parts.finder.count(operation, query, atMost));
    }

    @Override
    public ApiKey update(KeyId id, KeyUpdate update) {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(update, "update");
        return parts.entrance.run(
                "update", id.value(), operation -> parts.editor.update(operation, caller, id, update));
    }

    @Override
    public CreatedKey rotate(KeyId id, Rotation rotation) {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(rotation, "rotation");
        return parts.entrance.run(
                "rotate", id.value(), operation -> parts.issuer.rotate(operation, caller, id, rotation));
    }

    @Override
    public ApiKey revoke(KeyId id, String reason) {
        Objects.requireNonNull(id, "id");
        Arguments.text("reason", reason, Arguments.MAX_REASON);
        return parts.entrance.run(
                "revoke", id.value(), operation -> parts.editor.revoke(operation, caller, id, reason));
    }

    @Override
    public int revokeAll(KeyQuery query, String reason) {
        Objects.requireNonNull(query, "query");
        Arguments.text("reason", reason, Arguments.MAX_REASON);
        return parts.entrance.run("revokeAll", operation -> parts.editor.revokeAll(operation, caller, query, reason));
    }

    @Override
    public ApiKey disable(KeyId id) {
        Objects.requireNonNull(id, "id");
        return parts.entrance.run("disable", id.value(), operation -> parts.editor.disable(operation, caller, id));
    }

    @Override
    public ApiKey enable(KeyId id) {
        Objects.requireNonNull(id, "id");
        return parts.entrance.run("enable", id.value(), operation -> parts.editor.enable(operation, caller, id));
    }

    @Override
    public boolean delete(KeyId id) {
        Objects.requireNonNull(id, "id");
        return parts.entrance.run("delete", id.value(), operation -> parts.editor.delete(operation, caller, id));
    }

    @Override
    public Page<JournalEntry> journal(JournalQuery query) {
        Objects.requireNonNull(query, "query");
        return parts.entrance.run("journal", operation -> parts.finder.journal(operation, query));
    }

    @Override
    public TempKeyVault vault() {
        return new Vault(parts.vault());
    }

    @Override
    public PermissionRepair permissionRepair() {
        parts.entrance.requireOpen();
        return new DefaultPermissionRepair(parts, caller);
    }

    @Override
    public Maintained maintain() {
        return parts.entrance.run("maintain", operation -> parts.maintenance.round(caller));
    }

    @Override
    public Stats stats() {
        return parts.stats();
    }

    @Override
    public List<Stall> stalls() {
        return parts.watch.stalls().stream().map(Stall::new).toList();
    }

    @Override
    public Roles roles() {
        return parts.roles;
    }

    @Override
    public Duration cacheMaxAge() {
        return parts.cacheMaxAge;
    }

    /** Ends the manager that was built; of a view it does nothing. */
    @Override
    public void close() {
        close.run();
    }

    /** The vault as one caller sees it. */
    private final class Vault implements TempKeyVault {
        private final HandOffs handOffs;

        Vault(HandOffs handOffs) {
            this.handOffs = handOffs;
        }

        @Override
        public HandOff put(KeyId keyId, Secret secret, Duration within) {
            Objects.requireNonNull(keyId, "keyId");
            Objects.requireNonNull(secret, "secret");
            Arguments.positive("within", within);
            if (secret.bytes().length > MAX_SECRET_BYTES) {
                throw Arguments.invalid(
                        "secret",
                        "secret has " + secret.bytes().length + " bytes; allowed: at most " + MAX_SECRET_BYTES,
                        "at most " + MAX_SECRET_BYTES + " bytes");
            }
            return parts.entrance.run("vault.put", keyId.value(), operation -> {
                parts.finder.require(operation, caller, keyId);
                HandOffs.Sealed sealed = handOffs.seal(keyId, secret, within, Dates.now(parts.clock));
                handOffs.insert(operation, List.of(sealed));
                return sealed.handOff();
            });
        }

        @Override
        public ClaimResult claim(String ticket) {
            if (ticket == null) {
                throw Arguments.refusedValue("ticket", null, "a text, of a ticket or not");
            }
            byte @Nullable [] bytes = TicketSeal.parse(ticket);
            return parts.entrance.run(
                    "vault.claim",
                    operation -> bytes == null
                            ? new ClaimResult.Unknown()
                            : handOffs.claim(operation, bytes, caller, parts.finder));
        }

        @Override
        public Status handOffStatus(KeyId keyId) {
            Objects.requireNonNull(keyId, "keyId");
            return parts.entrance.run("vault.handOffStatus", keyId.value(), operation -> {
                parts.finder.require(operation, caller, keyId);
                return handOffs.status(operation, keyId);
            });
        }

        @Override
        public boolean discard(KeyId keyId) {
            Objects.requireNonNull(keyId, "keyId");
            return parts.entrance.run("vault.discard", keyId.value(), operation -> {
                parts.finder.require(operation, caller, keyId);
                return handOffs.discard(operation, keyId);
            });
        }
    }
}
