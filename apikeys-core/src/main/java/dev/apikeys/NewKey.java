package dev.apikeys;

import dev.apikeys.spi.KeyRow;
import org.jspecify.annotations.Nullable;

/**
 * A new key, not yet written.
 *
 * @param sealed its hand-off, or null
 * @param created the result for the caller, once it is written
 * @param idWasChosen true if the caller chose the id, so that the key may exist already
 */
record NewKey(KeyRow row, HandOffs.@Nullable Sealed sealed, CreatedKey created, boolean idWasChosen) {

    KeyId id() {
        return created.id();
    }
}
