/**
 * What callers hold: issue, hand over, verify and manage API keys. Start at {@code ApiKeys}.
 */
@NullMarked
package dev.apikeys;

import org.jspecify.annotations.NullMarked;
