/** Hashes of secrets, and seals under tickets. Independent of keys; not exported. */
@NullMarked
package dev.apikeys.internal.crypto;

import org.jspecify.annotations.NullMarked;
