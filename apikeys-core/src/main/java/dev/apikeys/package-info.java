/**
 * What callers hold: issue, hand over, verify and manage API keys. Start at {@link dev.apikeys.ApiKeys#builder}.
 *
 * <p>Misuse changes nothing: a value that is not allowed, or null in the place of one, is refused with
 * {@link IllegalArgumentException}, which names the argument and what is allowed; null in the place of an object is refused
 * with {@link NullPointerException}, which names the argument. What may be null is marked so.
 */
@NullMarked
package dev.apikeys;

import org.jspecify.annotations.NullMarked;
