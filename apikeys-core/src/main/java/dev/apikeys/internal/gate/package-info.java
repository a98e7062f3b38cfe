/**
 * The boundary to the host: every call of a store, an authorizer or a listener. Independent of what callers hold; not
 * exported.
 */
@NullMarked
package dev.apikeys.internal.gate;

import org.jspecify.annotations.NullMarked;
