package dev.apikeys;

import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.PermissionRepair.Finding;
import dev.apikeys.PermissionRepair.Outcome;
import dev.apikeys.spi.KeyRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Damaged permission lists: a dry run, a report, a compare-and-set; nothing is deleted. */
class PermissionRepairTest {
    private final Service service = new Service();
    private final ApiKeyManager keys = service.start();
    private final PermissionRepair repair = keys.permissionRepair();
    private final KeyId intact = keys.create(spec()).id();
    private final KeyId repairable = damaged("[\" read\\,\\upload\\]");
    private final KeyId quarantined = damaged("[\"read");

    @AfterEach
    void close() {
        service.close();
    }

    private KeyId damaged(String stored) {
        KeyId id = keys.create(spec()).id();
        service.edit(id, "permissions", stored);
        return id;
    }

    private String stored(KeyId id) {
        return service.store.row(id.value()).permissions();
    }

    private static Finding of(KeyId id, Page<Finding> findings) {
        return findings.items().stream()
                .filter(finding -> finding.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aDryRunReportsWhatIsDamagedAndWritesNothing() {
        List<KeyRow> before = service.store.rows();

        Page<Finding> findings = repair.inspect(KeyQuery.all());

        assertThat(service.store.rows()).isEqualTo(before);
        assertThat(findings.items()).extracting(Finding::id).containsExactlyInAnyOrder(repairable, quarantined);
        Finding repaired = of(repairable, findings);
        assertThat(repaired.grade()).isEqualTo(Grade.REPAIRED);
        assertThat(repaired.stored()).isEqualTo("[\" read\\,\\upload\\]");
        assertThat(repaired.permissions()).containsExactly("read", "upload");
        assertThat(repaired.rules()).isNotEmpty();
        assertThat(repaired.outcome()).isEqualTo(Outcome.FOUND);
        assertThat(of(quarantined, findings).grade()).isEqualTo(Grade.QUARANTINED);
        assertThat(of(quarantined, findings).permissions()).isEmpty();
    }

    @Test
    void aListThatIsTooLongIsSaidToBe() {
        KeyId id = damaged("[" + " ".repeat(16 * 1024) + "]");

        assertThat(of(id, repair.inspect(KeyQuery.all())).rules()).containsExactly("TOO_LONG");
    }

    @Test
    void applyRewritesTheRepairableAndLeavesTheQuarantined() {
        Page<Finding> findings = repair.apply(KeyQuery.all());

        assertThat(of(repairable, findings).outcome()).isEqualTo(Outcome.REWRITTEN);
        assertThat(stored(repairable)).isEqualTo("[\"read\",\"upload\"]");
        assertThat(keys.find(repairable).orElseThrow().grade()).isEqualTo(Grade.INTACT);
        assertThat(of(quarantined, findings).outcome()).isEqualTo(Outcome.LEFT);
        assertThat(stored(quarantined)).isEqualTo("[\"read");
        assertThat(service.store.row(intact.value()).version()).isOne();
        assertThat(service.store.rows()).hasSize(3);

        assertThat(repair.apply(KeyQuery.all()).items()).extracting(Finding::id).containsExactly(quarantined);
    }

    @Test
    void whatAnotherChangesInBetweenIsLeftAlone() {
        service.store.hooks.after(
                "list",
                Hooks.once(() -> keys.update(
                        repairable,
                        KeyUpdate.builder().permissions(Set.of("upload")).build())));

        assertThat(of(repairable, repair.apply(KeyQuery.all())).outcome()).isEqualTo(Outcome.CHANGED_MEANWHILE);
        assertThat(stored(repairable)).isEqualTo("[\"upload\"]");
    }

    @Test
    void aRowWhoseVersionCannotBeReadIsLeft() {
        service.edit(repairable, "version", KeyRow.UNREADABLE);

        assertThat(of(repairable, repair.apply(KeyQuery.all())).outcome()).isEqualTo(Outcome.LEFT);
    }

    @Test
    void theCallerMaySayWhatAListShallHoldWithinTheRole() {
        assertThat(repair.set(quarantined, Set.of("read")).granted()).containsExactly("read");
        assertThat(stored(quarantined)).isEqualTo("[\"read\"]");
        assertThat(repair.set(quarantined, Set.of()).granted()).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> repair.set(quarantined, Set.of("admin")));
        assertThatExceptionOfType(KeyNotFoundException.class)
                .isThrownBy(() -> repair.set(KeyId.random(), Set.of("read")));
        assertThat(stored(quarantined)).isEqualTo("[]");
    }

    @Test
    void aRepairOfPermissionsBeyondTheRoleGrantsNoMoreThanBefore() {
        KeyId tooMuch = damaged("admin,read");

        repair.apply(KeyQuery.all());

        ApiKey key = keys.find(tooMuch).orElseThrow();
        assertThat(key.permissions()).containsExactly("admin", "read");
        assertThat(key.granted()).containsExactly("read");
    }

    @Test
    void aListBeyondTheRoleCanBeSetToWhatItIsReadAsAndToNothingElseBeyond() {
        KeyId tooMuch = damaged("admin,read");

        assertThatIllegalArgumentException().isThrownBy(() -> repair.set(tooMuch, Set.of("admin")));
        assertThat(stored(tooMuch)).isEqualTo("admin,read");
        assertThat(repair.set(tooMuch, Set.of("admin", "read")).granted()).containsExactly("read");
        assertThat(stored(tooMuch)).isEqualTo("[\"admin\",\"read\"]");
    }

    @Test
    void itGoesPageByPageUnderAnyFilter() {
        List<KeyId> found = new ArrayList<>();
        KeyQuery query = KeyQuery.all().limit(1).role("read_upload");
        Page<Finding> page = repair.inspect(query);
        int pages = 1;
        page.items().forEach(finding -> found.add(finding.id()));
        while (page.next().isPresent()) {
            page = repair.inspect(query.after(page.next().get()));
            page.items().forEach(finding -> found.add(finding.id()));
            pages++;
        }

        assertThat(found).containsExactlyInAnyOrder(repairable, quarantined);
        assertThat(pages).isEqualTo(3);
        assertThat(repair.inspect(KeyQuery.all().role("admin")).items()).isEmpty();
    }

    @Test
    void aFindingIsImmutable() {
        Finding finding = of(repairable, repair.inspect(KeyQuery.all()));

        assertThat(finding.rules()).isUnmodifiable();
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> finding.permissions().add("x"));
    }
}
