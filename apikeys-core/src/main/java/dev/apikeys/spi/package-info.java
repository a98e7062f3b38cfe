/**
 * The interfaces that adapters implement (stores for keys and temp keys, an authorizer), with the rows and exceptions
 * that pass between them and the library.
 *
 * <p>Core interprets rows, stores only move them: a row is text and numbers. Sealing, hashing, JSON, status and the
 * intersection with the role happen in core, so that any store is safe by construction. The numbers S01 to S21 in the
 * documentation of this package are the store contract; {@code apikeys-tck} tests each of them, except for parts that
 * the guide to the contract lists.
 *
 * @since 0.1
 */
@NullMarked
package dev.apikeys.spi;

import org.jspecify.annotations.NullMarked;
