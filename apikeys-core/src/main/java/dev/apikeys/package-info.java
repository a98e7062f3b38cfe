/**
 * What callers hold: issue, hand over, verify and manage API keys. Start at {@link dev.apikeys.ApiKeys#builder}.
 */
@NullMarked
package dev.apikeys;

import org.jspecify.annotations.NullMarked;
