package dev.apikeys.jdbc.legacy;

import dev.apikeys.DecodedPermissions;
import dev.apikeys.PermissionCodec;
import dev.apikeys.Roles;
import dev.apikeys.jdbc.legacy.Finding.Kind;
import dev.apikeys.jdbc.legacy.RowReport.Outcome;
import dev.apikeys.spi.KeyRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes an API key of one legacy row, or says why it cannot. Not thread-safe. */
final class RowMapping {

    /**
     * What a legacy row comes to.
     *
     * @param report what there is to tell
     * @param row the row to write, or null if it is skipped
     */
    record Mapped(RowReport report, @Nullable KeyRow row) {}

    private static final String REVOKED_REASON = "revoked before the import";
    private static final Pattern ID = Pattern.compile("ak_[0-9a-z]{1,61}");
    private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{64}");
    private static final int LONGEST_ROLE = 64;
    private static final int LONGEST_PERMISSIONS = 16_384;

    private final LegacyRow row;
    private final Roles roles;
    private final long now;
    private final List<Finding> findings = new ArrayList<>(2);

    private @Nullable Long revokedAt;
    private @Nullable Long disabledAt;

    RowMapping(LegacyRow row, Roles roles, long now) {
        this.row = row;
        this.roles = roles;
        this.now = now;
    }

    /**
     * Maps the row.
     *
     * @param shared the hashes, in lower case, that several rows have
     */
    Mapped map(Set<String> shared) {
        boolean idUsable = ID.matcher(row.id()).matches();
        findIf(!idUsable, Kind.ID_UNUSABLE);
        findPermissions();
        findUnusable();
        String hash = hash(shared);
        long updatedAt = time(row.updatedAt());
        // A time that lies ahead would let a revoked key live until then.
        readStatus(Math.min(updatedAt, now));
        KeyRow mapped = keyRow(hash, updatedAt);
        findings.sort(Comparator.comparing(Finding::kind));
        boolean skipped = findings.stream().anyMatch(finding -> finding.kind().skips());
        String id = idUsable ? row.id() : Texts.shown(row.id());
        return skipped
                ? new Mapped(new RowReport(id, Outcome.SKIPPED, findings), null)
                : new Mapped(new RowReport(id, Outcome.IMPORTED, findings), mapped);
    }

    private KeyRow keyRow(String hash, long updatedAt) {
        return new KeyRow(
                row.id(),
                hash,
                "sha256$$" + hash,
                row.name() == null ? "" : row.name(),
                description(),
                null,
                row.role(),
                row.permissions(),
                null,
                time(row.createdAt()),
                updatedAt,
                null,
                null,
                revokedAt,
                revokedAt == null ? null : REVOKED_REASON,
                disabledAt,
                null,
                null,
                usageCount(),
                1);
    }

    private void findPermissions() {
        DecodedPermissions decoded = PermissionCodec.json().decode(row.permissions());
        switch (decoded.grade()) {
            case INTACT -> {}
            case REPAIRED -> find(Kind.PERMISSIONS_REPAIRED, decoded.rules());
            case QUARANTINED -> find(Kind.PERMISSIONS_QUARANTINED, decoded.rules());
        }
        if (row.role() == null) {
            find(Kind.ROLE_MISSING, List.of());
            return;
        }
        Optional<Set<String>> held = roles.permissionsOf(row.role());
        if (held.isEmpty()) {
            find(Kind.ROLE_UNKNOWN, List.of(Texts.shown(row.role())));
            return;
        }
        Set<String> beyond = new TreeSet<>(decoded.permissions());
        beyond.removeAll(held.get());
        if (!beyond.isEmpty()) {
            find(Kind.PERMISSIONS_BEYOND_ROLE, List.copyOf(beyond));
        }
    }

    private void findUnusable() {
        findIf(!Texts.isName(row.name()), Kind.NAME_UNUSABLE);
        findColumns(
                Kind.TIME_UNREADABLE,
                Times.read(row.createdAt()) == null ? LegacyColumn.CREATED_AT : null,
                Times.read(row.updatedAt()) == null ? LegacyColumn.UPDATED_AT : null);
        findColumns(
                Kind.TEXT_UNUSABLE,
                Texts.fits(row.role(), LONGEST_ROLE) ? null : LegacyColumn.ROLE,
                Texts.fits(row.permissions(), LONGEST_PERMISSIONS) ? null : LegacyColumn.PERMISSIONS);
    }

    private static long time(@Nullable String text) {
        Long millis = Times.read(text);
        return millis == null ? 0 : millis;
    }

    private String hash(Set<String> shared) {
        if (row.hash() == null || !HASH.matcher(row.hash()).matches()) {
            find(Kind.HASH_UNUSABLE, List.of());
            return "";
        }
        String hash = row.hash().toLowerCase(Locale.ROOT);
        findIf(shared.contains(hash), Kind.HASH_SHARED);
        return hash;
    }

    private void readStatus(long changedAt) {
        String status = row.status() == null ? "" : row.status();
        switch (status) {
            case "active" -> {}
            case "revoked" -> {
                find(Kind.REVOKED, List.of());
                revokedAt = changedAt;
            }
            case "disabled" -> {
                find(Kind.DISABLED, List.of());
                disabledAt = changedAt;
            }
            default -> {
                find(Kind.STATUS_UNKNOWN, List.of(Texts.shown(status)));
                disabledAt = now;
            }
        }
    }

    private @Nullable String description() {
        String cleaned = Texts.description(row.description());
        findIf(cleaned != null && !cleaned.equals(row.description()), Kind.DESCRIPTION_CLEANED);
        return cleaned;
    }

    private long usageCount() {
        try {
            long count = Long.parseLong(String.valueOf(row.usageCount()));
            if (count >= 0) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Found below, like a negative one.
        }
        find(Kind.USAGE_UNREADABLE, List.of());
        return 0;
    }

    private void findColumns(Kind kind, @Nullable LegacyColumn... columns) {
        List<String> found = Arrays.stream(columns)
                .filter(column -> column != null)
                .map(LegacyColumn::name)
                .toList();
        if (!found.isEmpty()) {
            find(kind, found);
        }
    }

    private void findIf(boolean found, Kind kind) {
        if (found) {
            find(kind, List.of());
        }
    }

    private void find(Kind kind, List<String> details) {
        findings.add(new Finding(kind, details));
    }
}
