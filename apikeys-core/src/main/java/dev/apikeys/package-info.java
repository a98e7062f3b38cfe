/**
 * The API of the library: issue, hand over, verify and manage API keys. Start at {@link dev.apikeys.ApiKeys#builder}.
 *
 * <p>Types are immutable and thread-safe unless they say otherwise; builders are not thread-safe.
 *
 * <p>Misuse changes nothing: a value that is not allowed, or null in the place of one, is refused with
 * {@link dev.apikeys.InvalidArgumentException}, which names the argument and what is allowed. Values are texts, numbers,
 * moments, lengths of time, sets and maps. Null in the place of any other object, of a type of this library say, is refused
 * with {@link NullPointerException}, which names the argument. What may be null is marked so.
 *
 * <p>The text of a name, a description, an owner or a reason holds no control characters (newline and tab are such), no
 * outer blanks and no lone surrogates, and is not empty. The same holds for keys of metadata; their values may be empty or
 * have outer blanks. Names of roles and permissions have a grammar of their own.
 *
 * <p>At run time the library needs jackson-core 2.16 or later, Caffeine 3 and an SLF4J 2 binding of the host's choice.
 */
@NullMarked
package dev.apikeys;

import org.jspecify.annotations.NullMarked;
