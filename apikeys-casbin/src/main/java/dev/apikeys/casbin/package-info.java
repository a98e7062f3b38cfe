/**
 * An {@link dev.apikeys.spi.Authorizer} on jCasbin policies: one policy per permission and route, never one per key, so
 * that the cost of a check does not depend on the number of keys.
 */
@NullMarked
package dev.apikeys.casbin;

import org.jspecify.annotations.NullMarked;
