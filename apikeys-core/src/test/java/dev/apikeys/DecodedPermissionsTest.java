package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.DecodedPermissions.Grade;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DecodedPermissionsTest {

    @Test
    void itKeepsSortedCopies() {
        Set<String> permissions = new HashSet<>(Set.of("upload", "admin", "read"));
        List<String> rules = new ArrayList<>(List.of("UPPER_CASE"));
        DecodedPermissions decoded = new DecodedPermissions(Grade.REPAIRED, permissions, rules);

        permissions.clear();
        rules.clear();

        assertThat(decoded.permissions()).containsExactly("admin", "read", "upload");
        assertThat(decoded.rules()).containsExactly("UPPER_CASE");
    }

    @Test
    void itCannotBeChanged() {
        DecodedPermissions decoded = new DecodedPermissions(Grade.REPAIRED, Set.of("read"), List.of("NULL"));

        assertThatThrownBy(() -> decoded.permissions().add("admin")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> decoded.rules().add("BLANK")).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void quarantinedMeansNoPermissions() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DecodedPermissions(Grade.QUARANTINED, Set.of("read"), List.of("NOT_A_LIST")))
                .withMessage("permissions is [read]; allowed: none if quarantined");
    }

    @Test
    void intactMeansNoRules() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DecodedPermissions(Grade.INTACT, Set.of("read"), List.of("NULL")))
                .withMessage("rules is [NULL]; allowed: none if intact");
    }
}
