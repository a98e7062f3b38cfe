/**
 * An {@link dev.apikeys.spi.Authorizer} fed by jCasbin policies: one policy per permission and route, never one per key,
 * so that a check costs the same however many keys there are.
 */
@NullMarked
package dev.apikeys.casbin;

import org.jspecify.annotations.NullMarked;
