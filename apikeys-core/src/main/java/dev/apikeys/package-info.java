/**
 * The API of the library: issues, hands over, verifies and manages API keys. Start at
 * {@link dev.apikeys.ApiKeys#builder}.
 *
 * <p>Types are immutable and thread-safe unless documented otherwise; builders are not thread-safe.
 *
 * <p>Invalid arguments change nothing. An invalid or null value is refused with
 * {@link dev.apikeys.InvalidArgumentException}, which names the argument and what is allowed. Values are texts,
 * numbers, moments, durations, sets and maps. Null for any other object, such as one of a type of this library, is
 * refused with {@link NullPointerException}, which names the argument. Parameters and results that may be null are
 * annotated.
 *
 * <p>The text of a name, a description, an owner or a reason is not empty and holds no control characters (including
 * newline and tab), no outer blanks and no lone surrogates. The same holds for keys of metadata; their values may be
 * empty or have outer blanks. Names of roles and permissions have their own grammar.
 *
 * <p>At run time the library needs jackson-core 2.16 or later, Caffeine 3 and an SLF4J 2 binding of the host's choice.
 */
@NullMarked
package dev.apikeys;

import org.jspecify.annotations.NullMarked;
