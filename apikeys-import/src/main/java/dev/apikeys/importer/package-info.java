/**
 * The import of API keys from a table of another program: a dry run first, then the import. Start with
 * {@link dev.apikeys.importer.LegacyImport}. Guide: {@code docs/import.md}.
 */
@NullMarked
package dev.apikeys.importer;

import org.jspecify.annotations.NullMarked;
