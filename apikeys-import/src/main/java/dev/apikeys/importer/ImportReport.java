package dev.apikeys.importer;

/**
 * One line of an import's report: first each {@link UnmappedColumn}, once per run, then each {@link RowReport} in the
 * order of the ids. Immutable and thread-safe; {@code toString} is a line to print.
 *
 * @since 0.1
 */
public sealed interface ImportReport permits UnmappedColumn, RowReport {}
