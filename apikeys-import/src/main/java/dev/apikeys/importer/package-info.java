/**
 * The way in from a table of API keys that another program left behind: see what is damaged, then take it over.
 *
 * <p>Start with {@link dev.apikeys.importer.LegacyImport}.
 */
@NullMarked
package dev.apikeys.importer;

import org.jspecify.annotations.NullMarked;
