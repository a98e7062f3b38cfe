package dev.apikeys.importer;

import dev.apikeys.DecodedPermissions;
import dev.apikeys.PermissionCodec;
import dev.apikeys.Roles;
import dev.apikeys.importer.Remark.Kind;
import dev.apikeys.importer.RowReport.Outcome;
import dev.apikeys.spi.KeyRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Maps one legacy row to an API key, or reports why it cannot. Not thread-safe. */
final class RowMapping {

    /**
     * The outcome for a legacy row.
     *
     * @param report the report
     * @param row the row to write, or null if it is skipped
     */
    record Mapped(RowReport report, @Nullable KeyRow row) {}

    private static final String REVOKED_REASON = "revoked before the import";
    private static final Pattern ID = Pattern.compile("ak_[0-9a-z]{1,61}");
    private static final int LONGEST_ROLE = 64;
    private static final int LONGEST_PERMISSIONS = 16_384;
    private static final Set<String> YES = Set.of("true", "t", "yes", "y", "1");
    private static final Set<String> NO = Set.of("false", "f", "no", "n", "0");

    private final LegacyRow row;
    private final Roles roles;
    private final long now;
    private final Map<Kind, List<String>> remarks = new EnumMap<>(Kind.class);

    RowMapping(LegacyRow row, Roles roles, long now) {
        this.row = row;
        this.roles = roles;
        this.now = now;
    }

    /**
     * Maps the row.
     *
     * @param shared the hashes, 64 hexadecimal digits in lower case, that several rows have
     */
    Mapped map(Set<String> shared) {
        boolean idUsable = ID.matcher(row.id()).matches();
        remarkIf(!idUsable, Kind.ID_UNUSABLE);
        remarkPermissions();
        remarkTexts();
        KeyRow mapped = keyRow(hash(shared));
        boolean skipped = remarks.keySet().stream().anyMatch(Kind::skips);
        List<Remark> told = remarks.entrySet().stream()
                .map(remark -> new Remark(remark.getKey(), remark.getValue()))
                .toList();
        String id = idUsable ? row.id() : Texts.hint(row.id());
        Outcome outcome = skipped ? Outcome.SKIPPED : Outcome.IMPORTED;
        return new Mapped(new RowReport(id, outcome, told), skipped ? null : mapped);
    }

    private KeyRow keyRow(String hash) {
        remarkIf(row.get(LegacyColumn.CREATED_AT) == null, Kind.TIME_UNREADABLE, LegacyColumn.CREATED_AT.name());
        long createdAt = orZero(time(LegacyColumn.CREATED_AT));
        long updatedAt = row.get(LegacyColumn.UPDATED_AT) == null ? createdAt : orZero(time(LegacyColumn.UPDATED_AT));
        // A future time would keep a revoked key valid until then.
        long changedAt = Math.min(updatedAt, now);
        Long revokedAt = revokedAt(changedAt);
        String name = row.get(LegacyColumn.NAME);
        return KeyRow.builder(row.id(), "sha256$$" + hash, name == null ? "" : name)
                .lookup(hash)
                .description(description())
                .owner(row.get(LegacyColumn.OWNER))
                .role(row.get(LegacyColumn.ROLE))
                .permissions(row.get(LegacyColumn.PERMISSIONS))
                .createdBy(row.get(LegacyColumn.CREATED_BY))
                .createdAt(createdAt)
                .updatedAt(updatedAt)
                .expiresAt(expiresAt())
                .lastUsedAt(lastUsedAt())
                .revokedAt(revokedAt)
                .revokedReason(revokedAt == null ? null : REVOKED_REASON)
                .disabledAt(disabledAt(changedAt))
                .usageCount(usageCount())
                .build();
    }

    private void remarkPermissions() {
        DecodedPermissions decoded = PermissionCodec.json().decode(row.get(LegacyColumn.PERMISSIONS));
        switch (decoded.grade()) {
            case INTACT -> {}
            case REPAIRED -> remark(Kind.PERMISSIONS_REPAIRED, decoded.rules());
            case QUARANTINED -> remark(Kind.PERMISSIONS_QUARANTINED, decoded.rules());
        }
        String role = row.get(LegacyColumn.ROLE);
        if (role == null) {
            remark(Kind.ROLE_MISSING, List.of());
            return;
        }
        Set<String> held = roles.permissionsOf(role).orElse(null);
        if (held == null) {
            remark(Kind.ROLE_UNKNOWN, List.of(Texts.hint(role)));
            return;
        }
        Set<String> beyond = new TreeSet<>(decoded.permissions());
        beyond.removeAll(held);
        if (!beyond.isEmpty()) {
            remark(Kind.PERMISSIONS_BEYOND_ROLE, beyond);
        }
    }

    private void remarkTexts() {
        remarkIf(!Texts.isName(row.get(LegacyColumn.NAME)), Kind.NAME_UNUSABLE);
        remarkText(LegacyColumn.OWNER, Texts.isPerson(row.get(LegacyColumn.OWNER)));
        remarkText(LegacyColumn.ROLE, Texts.fits(row.get(LegacyColumn.ROLE), LONGEST_ROLE));
        remarkText(LegacyColumn.PERMISSIONS, Texts.fits(row.get(LegacyColumn.PERMISSIONS), LONGEST_PERMISSIONS));
        remarkText(LegacyColumn.CREATED_BY, Texts.isPerson(row.get(LegacyColumn.CREATED_BY)));
    }

    private void remarkText(LegacyColumn column, boolean usable) {
        remarkIf(!usable, Kind.TEXT_UNUSABLE, column.name());
    }

    private String hash(Set<String> shared) {
        String hash = Hashes.hex(row.get(LegacyColumn.KEY_HASH));
        if (hash == null) {
            remark(Kind.HASH_UNUSABLE, List.of());
            return "";
        }
        remarkIf(shared.contains(hash), Kind.HASH_SHARED);
        return hash;
    }

    private @Nullable String description() {
        String text = row.get(LegacyColumn.DESCRIPTION);
        String cleaned = Texts.description(text);
        remarkIf(cleaned != null && !cleaned.equals(text), Kind.DESCRIPTION_CLEANED);
        return cleaned;
    }

    private @Nullable Long expiresAt() {
        Long at = time(LegacyColumn.EXPIRES_AT);
        remarkIf(at != null && at <= now, Kind.EXPIRED);
        return at;
    }

    /** Returns the revocation by status or by its own column, the earlier of the two. */
    private @Nullable Long revokedAt(long changedAt) {
        Long byColumn = revokedByColumn(changedAt);
        if (!isStatus("revoked")) {
            remarkIf(byColumn != null, Kind.REVOKED);
            return byColumn;
        }
        remark(Kind.REVOKED, List.of());
        return byColumn == null ? changedAt : Math.min(byColumn, changedAt);
    }

    private @Nullable Long revokedByColumn(long changedAt) {
        String text = row.get(LegacyColumn.REVOKED);
        String flag = text == null ? "0" : text.toLowerCase(Locale.ROOT);
        if (NO.contains(flag)) {
            return null;
        }
        if (YES.contains(flag)) {
            return changedAt;
        }
        Long at = time(LegacyColumn.REVOKED);
        return at == null ? null : Math.min(at, now);
    }

    private @Nullable Long disabledAt(long changedAt) {
        if (!row.has(LegacyColumn.STATUS)) {
            return null;
        }
        String status = row.get(LegacyColumn.STATUS);
        if ("active".equals(status) || isStatus("revoked")) {
            return null;
        }
        if (isStatus("disabled")) {
            remark(Kind.DISABLED, List.of());
            return changedAt;
        }
        remark(Kind.STATUS_UNKNOWN, List.of(status == null ? "" : Texts.hint(status)));
        return now;
    }

    /** Returns whether a status that ends a key is meant, in any spelling: a disabled key could be enabled again. */
    private boolean isStatus(String ending) {
        String status = row.get(LegacyColumn.STATUS);
        return status != null && status.strip().toLowerCase(Locale.ROOT).equals(ending);
    }

    private long usageCount() {
        if (!row.has(LegacyColumn.USAGE_COUNT)) {
            return 0;
        }
        try {
            long count = Long.parseLong(String.valueOf(row.get(LegacyColumn.USAGE_COUNT)));
            if (count >= 0) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Reported below, like a negative count.
        }
        remark(Kind.USAGE_UNREADABLE, List.of(LegacyColumn.USAGE_COUNT.name()));
        return 0;
    }

    /** Returns the last use, at most now: a last use never moves back, so a future one would hide later uses. */
    private @Nullable Long lastUsedAt() {
        String text = row.get(LegacyColumn.LAST_USED_AT);
        Long at = Times.read(text);
        remarkIf(text != null && at == null, Kind.USAGE_UNREADABLE, LegacyColumn.LAST_USED_AT.name());
        return at == null ? null : Math.min(at, now);
    }

    /** Returns a time that decides about the validity of the key; if it cannot be read, the row is skipped. */
    private @Nullable Long time(LegacyColumn column) {
        String text = row.get(column);
        Long at = Times.read(text);
        remarkIf(text != null && at == null, Kind.TIME_UNREADABLE, column.name());
        return at;
    }

    private static long orZero(@Nullable Long time) {
        return time == null ? 0 : time;
    }

    private void remarkIf(boolean found, Kind kind, String... details) {
        if (found) {
            remark(kind, List.of(details));
        }
    }

    private void remark(Kind kind, Collection<String> details) {
        List<String> told = remarks.get(kind);
        if (told == null) {
            remarks.put(kind, new ArrayList<>(details));
        } else {
            told.addAll(details);
        }
    }
}
