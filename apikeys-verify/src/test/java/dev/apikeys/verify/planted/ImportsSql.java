package dev.apikeys.verify.planted;

import java.sql.Timestamp;

/** Breaks: only jdbc imports java.sql. */
public final class ImportsSql {
    public Object now() {
        return new Timestamp(0);
    }
}
