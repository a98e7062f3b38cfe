/**
 * The import of API keys from a table of another program: inspect the damage first, then import.
 *
 * <p>Start with {@link dev.apikeys.importer.LegacyImport}.
 */
@NullMarked
package dev.apikeys.importer;

import org.jspecify.annotations.NullMarked;
