package dev.apikeys;

import dev.apikeys.spi.KeyRow;
import org.jspecify.annotations.Nullable;

/**
 * A key that is made and not written.
 *
 * @param sealed what is to wait in the vault, or null
 * @param created what the caller gets once it is written
 * @param idWasChosen by the caller, so that the key may exist already
 */
record NewKey(KeyRow row, HandOffs.@Nullable Sealed sealed, CreatedKey created, boolean idWasChosen) {

    KeyId id() {
        return created.id();
    }
}
