/**
 * The API of the library: issues, hands over, verifies and manages API keys.
 *
 * <ul>
 *   <li>Start: {@link dev.apikeys.ApiKeys#builder} builds a manager, {@link dev.apikeys.ApiKeyManager#create} issues a
 *       key, and {@link dev.apikeys.ApiKeyManager#verify(String, dev.apikeys.Access)} decides about a request. Guides:
 *       {@code docs/quickstart.md}, {@code docs/settings.md}.
 *   <li>Use: {@link dev.apikeys.Roles} and {@link dev.apikeys.Access} for rights, {@link dev.apikeys.TempKeyVault} for
 *       hand-offs, {@link dev.apikeys.Rotation} and {@link dev.apikeys.KeyUpdate} for changes,
 *       {@link dev.apikeys.KeyQuery} and {@link dev.apikeys.JournalQuery} for searches. Guides: {@code docs/http.md},
 *       {@code docs/codes.md}, {@code docs/tenants.md}.
 *   <li>Operate: {@link dev.apikeys.Stats}, {@link dev.apikeys.Stall}, {@link dev.apikeys.OperationListener},
 *       {@link dev.apikeys.KeyListener}, {@link dev.apikeys.PermissionRepair}. Guides:
 *       {@code docs/production-checklist.md}, {@code docs/peppers.md}, {@code docs/revocation.md},
 *       {@code docs/monitoring.md}.
 *   <li>Extend: {@link dev.apikeys.spi} has the interfaces of stores and authorizers. Guide:
 *       {@code docs/spi-contract.md}.
 *   <li>Evidence: {@code docs/security.md}, {@code docs/asvs.md}, {@code docs/verification.md},
 *       {@code docs/locking.md}, {@code docs/benchmarks.md}.
 * </ul>
 *
 * <p>Types are immutable and thread-safe unless documented otherwise; builders are not thread-safe.
 *
 * <p>Invalid arguments change nothing. An invalid or null value is refused with
 * {@link dev.apikeys.InvalidArgumentException}, which names the argument and what is allowed. Values are texts,
 * numbers, moments, durations, sets and maps. Null for any other object, such as one of a type of this library, is
 * refused with {@link NullPointerException}, which names the argument. Parameters and results that may be null are
 * annotated.
 *
 * <p>The text of a name, a description, an owner or a reason is not empty and holds no control characters (including
 * newline and tab), no outer blanks and no lone surrogates. The same holds for keys of metadata; their values may be
 * empty or have outer blanks. Names of roles and permissions have their own grammar.
 *
 * <p>At run time the library needs jackson-core 2.16 or later, Caffeine 3 and an SLF4J 2 binding of the host's choice.
 */
@NullMarked
package dev.apikeys;

import org.jspecify.annotations.NullMarked;
