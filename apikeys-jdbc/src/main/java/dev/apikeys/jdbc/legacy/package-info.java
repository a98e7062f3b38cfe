/**
 * The way in from a table of API keys that another program left behind: see what is damaged, then take it over.
 *
 * <p>Begin with {@link dev.apikeys.jdbc.legacy.LegacyImport}.
 */
@NullMarked
package dev.apikeys.jdbc.legacy;

import org.jspecify.annotations.NullMarked;
