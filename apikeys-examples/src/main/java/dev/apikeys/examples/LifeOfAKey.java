package dev.apikeys.examples;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;

import dev.apikeys.Access;
import dev.apikeys.Actor;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.ConflictException;
import dev.apikeys.CreatedKey;
import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.JournalEntry;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.PermissionRepair.Finding;
import dev.apikeys.Roles;
import dev.apikeys.Rotation;
import dev.apikeys.Verification;
import dev.apikeys.casbin.CasbinAuthorizer;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.WriteSet;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The life of API keys, from the first call to the last, step by step. Everything is in memory; the clock is moved by
 * hand. Not thread-safe.
 */
public final class LifeOfAKey {
    private static final Instant START = Instant.parse("2026-11-23T09:00:00Z");

    private final PrintStream out;
    private final MutableClock clock = new MutableClock(START);
    private final ApiKeyStore store = new InMemoryApiKeyStore(clock);
    private final Map<String, CreatedKey> byRole = new LinkedHashMap<>();
    private final ApiKeyManager keys;
    private int chapters;

    private LifeOfAKey(PrintStream out) {
        this.out = out;
        this.keys = ApiKeys.builder(store)
                .handOff(new InMemoryTempKeyStore(10_000, clock))
                .authorizer(CasbinAuthorizer.fromPolicy(CasbinAuthorizer.examplePolicy()))
                .clock(clock)
                .maintainedByHost()
                .build();
    }

    /**
     * Prints the story to standard output.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        new LifeOfAKey(System.out).tell();
    }

    private void tell() {
        out.println("The life of API keys, in memory, by a clock that is moved by hand");
        out.println();
        try (keys) {
            create();
            verify(handOver());
            end();
            narrow();
            authorize();
            rotate();
            repair();
            remember();
            count();
        }
        out.println("Closed: usage is written, the manager's threads have ended.");
    }

    private void create() {
        chapter("A key for every standard role", "By default, a key may do what its role may.");
        Table table = new Table("role", "key", "may", "until");
        for (String role : Roles.standard().asMap().keySet()) {
            CreatedKey created = keys.create(KeySpec.builder("the " + role + " key")
                    .owner("team-a")
                    .role(role)
                    .expiresIn(Duration.ofDays(90))
                    .build());
            byRole.put(role, created);
            ApiKey key = created.key();
            table.row(role, key.id(), Reason.words(key.granted()), Reason.time(key.expiresAt()));
        }
        table.print(out);
    }

    private CreatedKey handOver() {
        chapter(
                "Hand-off",
                "The creator of a key passes a ticket on to its holder instead of the secret. It opens once.");
        CreatedKey deploy = createWithHandOff("deploy robot");
        String ticket = ticketOf(deploy);
        out.println("   the ticket  " + ticket);
        clock.advance(Duration.ofMinutes(2));
        ClaimResult first = keys.vault().claim(ticket);
        out.println("   the secret  " + first.claimedSecret().orElseThrow().reveal());
        out.println();

        Table table = new Table("asked", "answer", "why").row("claim", answer(first), why(first));
        clock.advance(Duration.ofMinutes(1));
        claim(table, "claim the same ticket again", ticket);
        claim(table, "claim a forged ticket", "ho_" + "0".repeat(43));
        String late = ticketOf(createWithHandOff("late robot"));
        clock.advance(Duration.ofMinutes(11));
        claim(table, "claim another one eleven minutes later", late);
        table.print(out);
        return deploy;
    }

    private CreatedKey createWithHandOff(String name) {
        KeySpec spec = KeySpec.builder(name)
                .role("read_upload")
                .handOff(Duration.ofMinutes(10))
                .build();
        return keys.create(spec);
    }

    private static String ticketOf(CreatedKey created) {
        return created.handOff().orElseThrow().ticket().reveal();
    }

    private void claim(Table table, String asked, String ticket) {
        ClaimResult result = keys.vault().claim(ticket);
        table.row(asked, answer(result), why(result));
    }

    private static String answer(ClaimResult result) {
        return result.getClass().getSimpleName();
    }

    private static String why(ClaimResult result) {
        if (result instanceof ClaimResult.Claimed) {
            return "the first claim gets the secret";
        }
        if (result instanceof ClaimResult.AlreadyClaimed claimed) {
            return "at " + Reason.time(claimed.at()) + "; if that was a stranger, revoke the key";
        }
        if (result instanceof ClaimResult.Expired expired) {
            return "at " + Reason.time(expired.deadline());
        }
        return "no secret waits for this ticket";
    }

    private void verify(CreatedKey created) {
        chapter("Verification", "A caller sees only the public code, which says less; this is what the service sees.");
        String secret = created.secret().reveal();
        Table table = answers();
        ask(table, "the secret that was handed over", secret);
        ask(table, "the same, to upload", secret, Access.permission("upload"));
        ask(table, "the same, to download", secret, Access.permission("download"));
        ask(table, "nothing", null);
        ask(table, "one character mistyped", mistyped(secret));
        ask(table, "the last five characters cut off", secret.substring(0, secret.length() - 5));
        ask(table, "forged for this key's id", forged(created.id()));
        ask(table, "forged for an id of its own", forged(KeyId.random()));
        table.print(out);
    }

    private static String mistyped(String secret) {
        int at = secret.length() / 2;
        char other = secret.charAt(at) == 'x' ? 'y' : 'x';
        return secret.substring(0, at) + other + secret.substring(at + 1);
    }

    /** Returns the best possible forgery: all but the random part is right, including the checksum. */
    private static String forged(KeyId id) {
        try (ApiKeyManager stranger = ApiKeys.builder(new InMemoryApiKeyStore()).build()) {
            KeySpec spec = KeySpec.builder("forged").role("admin").id(id).build();
            return stranger.create(spec).secret().reveal();
        }
    }

    private void end() {
        chapter("Disabled, enabled, ended", "A key can be disabled for a while, expire, or be revoked permanently.");
        Table table = answers();
        CreatedKey key = key("download_only");
        String secret = key.secret().reveal();
        keys.disable(key.id());
        ask(table, "after disable", secret);
        keys.enable(key.id());
        ask(table, "after enable", secret);
        keys.revoke(key.id(), "found in a build log");
        ask(table, "after revoke", secret);
        String brief = keys.create(KeySpec.builder("for an hour")
                        .role("read_only")
                        .expiresIn(Duration.ofHours(1))
                        .build())
                .secret()
                .reveal();
        ask(table, "a key for an hour", brief);
        clock.advance(Duration.ofHours(1));
        ask(table, "an hour later", brief);
        table.print(out);
    }

    private void narrow() {
        chapter("Narrower than its role", "A key may be given less than its role holds, and never more.");
        String whole = key("admin").secret().reveal();
        CreatedKey created = keys.create(KeySpec.builder("auditor's key")
                .role("admin")
                .permissions(Set.of("read"))
                .build());
        String narrowed = created.secret().reveal();
        Table table = answers();
        ask(table, "admin key, to administer", whole, Access.permission("admin"));
        ask(table, "narrowed admin key, to administer", narrowed, Access.permission("admin"));
        ask(table, "narrowed admin key, to read", narrowed, Access.permission("read"));
        table.print(out);
        refused(
                "a read_only key that may upload",
                () -> keys.create(KeySpec.builder("greedy")
                        .role("read_only")
                        .permissions(Set.of("read", "upload"))
                        .build()));
        refused(
                "moving the auditor's key to upload_only",
                () -> keys.update(
                        created.id(), KeyUpdate.builder().role("upload_only").build()));
        out.println();
    }

    private void authorize() {
        chapter(
                "Routes, through Casbin",
                "Policies speak of permissions, never of keys: no check is slower for the keys there are.");
        List<String> roles = List.of("admin", "read_only", "upload_only", "read_upload");
        Table table = new Table("route", "admin", "read_only", "upload_only", "read_upload");
        route(table, roles, "GET", "/api/v1/files/7");
        route(table, roles, "GET", "/api/v1/files/7/download");
        route(table, roles, "POST", "/api/v1/files");
        route(table, roles, "GET", "/api/v1/web/admin/keys");
        route(table, roles, "GET", "/api/v1/web/admin/audit");
        route(table, roles, "DELETE", "/api/v1/web/admin/audit");
        table.print(out);
        refused("a path that climbs", () -> Access.resource("/api/v1/files/../web/admin/keys", "GET"));
        out.println();
    }

    private void route(Table table, List<String> roles, String action, String path) {
        Access access = Access.resource(path, action);
        List<Object> cells = new ArrayList<>(List.of(action + " " + path));
        for (String role : roles) {
            cells.add(keys.verify(key(role).secret().reveal(), access).httpStatus());
        }
        table.row(cells.toArray());
    }

    private void rotate() {
        chapter("Rotation with a day of grace", "Both secrets work until the day has passed.");
        CreatedKey old = key("read_upload");
        String oldSecret = old.secret().reveal();
        CreatedKey successor = keys.rotate(old.id(), Rotation.withGrace(Duration.ofHours(24)));
        String newSecret = successor.secret().reveal();
        Table table = answers();
        ask(table, "the new secret", newSecret);
        ask(table, "the old secret", oldSecret);
        clock.advance(Duration.ofHours(24));
        ask(table, "the new secret, a day later", newSecret);
        ask(table, "the old secret, a day later", oldSecret);
        table.print(out);
        refused("rotating the old key again", () -> keys.rotate(old.id(), Rotation.immediate()));
        out.println();
        byRole.put("read_upload", successor);
    }

    private void repair() {
        List<StoredPermissions> texts = StoredPermissions.ofTheIncident();
        chapter(
                "Damaged permission lists",
                "An incident left " + texts.size()
                        + " permission lists behind; they are put into the rows of admin keys.");
        List<CreatedKey> damaged = createDamaged(texts);
        CreatedKey stripped = damaged.get(indexOf(texts, "the row of the incident: quotes stripped, backslashes kept"));
        CreatedKey cut = damaged.get(indexOf(texts, "truncated: a cut-off name must never be granted"));

        KeyQuery incident = KeyQuery.all().owner("incident");
        out.println("   keys.list: " + grades(keys.list(incident).items())
                + ". Each of them is listed; none breaks the page.");
        out.println("   keys.permissionRepair().inspect, which writes nothing:");
        out.println();
        findings(keys.permissionRepair().inspect(incident).items());
        askBoth(stripped, cut);

        out.println(
                "   apply: " + outcomes(keys.permissionRepair().apply(incident).items()) + ". Nothing is deleted.");
        keys.permissionRepair().set(cut.id(), Set.of("read", "download"));
        out.println("   set: an administrator knows that the truncated list was read, download.");
        out.println("   inspect: "
                + outcomes(keys.permissionRepair().inspect(incident).items()) + ".");
        out.println();
        askBoth(stripped, cut);
    }

    private List<CreatedKey> createDamaged(List<StoredPermissions> texts) {
        List<CreatedKey> damaged = new ArrayList<>();
        for (StoredPermissions text : texts) {
            clock.advance(Duration.ofMillis(1));
            CreatedKey created = keys.create(
                    KeySpec.builder(text.why()).owner("incident").role("admin").build());
            KeyRow row = Objects.requireNonNull(store.find(created.id().value()));
            store.write(WriteSet.builder()
                    .replace(new WriteSet.Replace(text.in(row), row.hash(), null))
                    .build());
            damaged.add(created);
        }
        return damaged;
    }

    private static int indexOf(List<StoredPermissions> texts, String why) {
        return texts.stream().map(StoredPermissions::why).toList().indexOf(why);
    }

    private void askBoth(CreatedKey stripped, CreatedKey cut) {
        Table table = answers();
        ask(table, "key whose quotes were stripped", stripped.secret().reveal());
        ask(table, "key whose list was cut off", cut.secret().reveal());
        table.print(out);
    }

    private void findings(List<Finding> findings) {
        Table table = new Table("stored", "grade", "holds", "rules");
        for (Finding finding : findings) {
            table.row(
                    StoredPermissions.shown(finding.stored()),
                    finding.grade().name().toLowerCase(Locale.ROOT),
                    finding.grade() == Grade.QUARANTINED ? "-" : Reason.words(finding.permissions()),
                    String.join(", ", finding.rules()));
        }
        table.print(out);
    }

    private static String grades(List<ApiKey> listed) {
        return counted(listed.stream().map(key -> key.grade().name()));
    }

    private static String outcomes(List<Finding> findings) {
        return counted(findings.stream().map(finding -> finding.grade() + " " + finding.outcome()));
    }

    private static String counted(Stream<String> names) {
        return names
                .collect(groupingBy(name -> name.toLowerCase(Locale.ROOT).replace('_', ' '), TreeMap::new, counting()))
                .entrySet()
                .stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(joining(", "));
    }

    private void remember() {
        chapter(
                "Who did what",
                "A change and its journal row are written together: neither is there without the other.");
        ApiKeyManager alice =
                keys.as(Actor.of("alice@example.com").via("admin page").requestId("req-17"));
        ApiKey found = alice.list(
                        KeyQuery.all().matching("READ_UPLOAD").newestFirst().limit(1))
                .items()
                .get(0);
        out.println("   search for READ_UPLOAD, newest first: " + found.name());
        clock.advance(Duration.ofMinutes(5));
        alice.update(found.id(), KeyUpdate.builder().owner("team-b").build());
        alice.revoke(found.id(), "team-b has its own");
        Table table = new Table("when", "who", "did", "what changed");
        for (JournalEntry entry :
                keys.journal(JournalQuery.all().key(found.id())).items()) {
            table.row(Reason.time(entry.time()), entry.actor().name(), entry.type(), changes(entry));
        }
        out.println();
        table.print(out);
    }

    private static String changes(JournalEntry entry) {
        return entry.changes().entrySet().stream()
                .filter(change -> change.getValue().from() != null)
                .map(change -> change.getKey() + ": " + change.getValue().from() + " to "
                        + change.getValue().to())
                .collect(joining(", "));
    }

    private void count() {
        chapter("What was counted", "Uses are counted in memory and written by maintenance, which can be asked for.");
        keys.maintain();
        ApiKey admin = keys.find(key("admin").id()).orElseThrow();
        out.println(
                "   Uses of the admin key: " + admin.usageCount() + ", the last on " + Reason.time(admin.lastUsedAt()));
        out.println("   Calls into the stores or the authorizer that hang: "
                + keys.stalls().size());
        out.println();
        Table table = new Table("verifications", "code");
        keys.stats().verifications().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> table.row(entry.getValue(), entry.getKey()));
        table.print(out);
    }

    private CreatedKey key(String role) {
        return Objects.requireNonNull(byRole.get(role));
    }

    private static Table answers() {
        return new Table("asked", "code", "HTTP", "why");
    }

    private void ask(Table table, String asked, @Nullable String presented) {
        answer(table, asked, keys.verify(presented));
    }

    private void ask(Table table, String asked, @Nullable String presented, Access access) {
        answer(table, asked, keys.verify(presented, access));
    }

    private static void answer(Table table, String asked, Verification answer) {
        table.row(asked, answer.code(), answer.httpStatus(), Reason.of(answer));
    }

    private void refused(String asked, Supplier<?> call) {
        try {
            throw new AssertionError(asked + " was not refused: " + call.get());
        } catch (IllegalArgumentException | ConflictException e) {
            out.println("   Refused: " + asked + ".");
            out.print(String.valueOf(e.getMessage()).replaceAll("(.{1,100})(?: |$)", "     $1%n".formatted()));
        }
    }

    private void chapter(String title, String text) {
        chapters++;
        out.println(chapters + "  " + title + " (" + Reason.time(clock.instant()) + ")");
        out.println("   " + text);
        out.println();
    }
}
