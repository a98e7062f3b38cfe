package dev.apikeys.importer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnmappedColumnTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "expires_at",
                "EXPIRES_AT",
                "expiresAt",
                "expiry",
                "key_expiration",
                "valid_until",
                "validUntil",
                "not_after",
                "ttl",
                "nbf",
                "ends",
                "revoked_at",
                "is_revoked",
                "isActive",
                "enabled",
                "disabled_at",
                "deleted_at",
                "blocked",
                "status",
                "state",
                "scopes",
                "permissions",
                "allowed_actions",
                "ip",
                "ip_allowlist",
                "IPAllowList",
                "allowedIps",
                "cidr_ranges",
                "referrers",
                "allowed_origins",
                "rate_limit",
                "max_uses",
                "quota",
                "remaining",
                "user_id",
                "owner",
                "tenant",
                "org_id",
                "organizationId",
                "env",
                "abilities",
                "capabilities",
                "entitlements",
                "rights",
                "features",
                "closed_at",
                "paused",
                "paused_at",
                "frozen",
                "frozen_at",
                "is_frozen",
                "suspended",
                "suspended_at",
                "cancelled_at",
                "canceled",
                "terminated_at",
                "retired",
                "withdrawn",
                "invalidated_at",
                "compromised",
                "leaked_at",
                "quarantined",
                "allowed_ips",
                "denied_ips",
                "excluded_paths",
                "forbidden",
                "subnets",
                "geo",
                "acl",
                "aud",
                "endpoints",
                "paths",
                "methods",
                "read_only",
                "readOnly",
                "single_use",
                "max_calls",
                "uses",
                "throttle_ms",
                "credits",
                "concurrency",
                "pending",
                "approved_at",
                "deactivated_at",
                "removed_at",
                "obsolete",
                "lifetime_days",
                "company_id",
                "group_id",
                "sandbox",
                "test_mode",
                "tier",
                "level",
                "is_admin",
                "mfa_required",
                "dead",
                "on_hold",
                "void",
                "starts_at",
                "start_date",
                "effective_from",
                "available_from",
                "client_cert",
                "certificate",
                "fingerprint",
                "device_id",
                "namespace",
                "app_id",
                "application"
            })
    void namesOfRestrictionsAreMarked(String name) {
        assertThat(UnmappedColumn.of(name).likeRestriction()).as(name).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"note", "color", "prefix", "last4", "created_at", "generated_at", "description", "zip", "friend"
            })
    void otherNamesAreReportedAllTheSame(String name) {
        assertThat(UnmappedColumn.of(name)).hasToString("column " + name + ": NOT IMPORTED");
    }

    @Test
    void aNameIsShownEscapedAndCut() {
        assertThat(UnmappedColumn.of("a\nak_1: IMPORTED" + "x".repeat(100)))
                .hasToString("column a\\u000aak_1: IMPORTED" + "x".repeat(24) + "...: NOT IMPORTED");
    }
}
