package dev.apikeys.memory.model;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One line of a program. Keys, secrets and tickets are called by number: the number of those there are, counted round, so
 * that a program stays sound when a step before is left out.
 */
sealed interface Step {

    void on(Duel duel);

    record Create(
            @Nullable String role,
            @Nullable Set<String> permissions,
            @Nullable String owner,
            @Nullable Long livesFor,
            @Nullable Long handOffWithin)
            implements Step {
        @Override
        public void on(Duel duel) {
            duel.create(this, null);
        }
    }

    /** With the id of a key that there is or was. */
    record CreateAgain(int key, Create what) implements Step {
        @Override
        public void on(Duel duel) {
            duel.create(what, key);
        }
    }

    /** All or none. */
    record CreateTwo(Create first, Create second) implements Step {
        @Override
        public void on(Duel duel) {
            duel.createTwo(first, second);
        }
    }

    record Disable(int key) implements Step {
        @Override
        public void on(Duel duel) {
            duel.disable(key);
        }
    }

    record Enable(int key) implements Step {
        @Override
        public void on(Duel duel) {
            duel.enable(key);
        }
    }

    record Revoke(int key) implements Step {
        @Override
        public void on(Duel duel) {
            duel.revoke(key);
        }
    }

    record RevokeAllOf(String owner) implements Step {
        @Override
        public void on(Duel duel) {
            duel.revokeAllOf(owner);
        }
    }

    record Rotate(int key, long grace, @Nullable Long handOffWithin) implements Step {
        @Override
        public void on(Duel duel) {
            duel.rotate(key, grace, handOffWithin);
        }
    }

    record Delete(int key) implements Step {
        @Override
        public void on(Duel duel) {
            duel.delete(key);
        }
    }

    record SetPermissions(int key, Set<String> permissions) implements Step {
        @Override
        public void on(Duel duel) {
            duel.setPermissions(key, permissions);
        }
    }

    record SetRole(int key, @Nullable String role) implements Step {
        @Override
        public void on(Duel duel) {
            duel.setRole(key, role);
        }
    }

    /** So many milliseconds from now, or before now. */
    record SetExpiry(int key, @Nullable Long ahead) implements Step {
        @Override
        public void on(Duel duel) {
            duel.setExpiry(key, ahead);
        }
    }

    /** If nobody else changed the key since so many changes. */
    record SetOwner(int key, @Nullable String owner, int versionsAgo) implements Step {
        @Override
        public void on(Duel duel) {
            duel.setOwner(key, owner, versionsAgo);
        }
    }

    record Move(long millis) implements Step {
        @Override
        public void on(Duel duel) {
            duel.move(millis);
        }
    }

    /** Closes the manager and opens another, whose role holds other permissions: null, and there is no such role. */
    record ReopenWithRole(String role, @Nullable Set<String> permissions) implements Step {
        @Override
        public void on(Duel duel) {
            duel.reopenWithRole(role, permissions);
        }
    }

    /** Somebody edits a row by hand while the manager is closed. */
    record Damage(int key, Damaged list) implements Step {
        @Override
        public void on(Duel duel) {
            duel.damage(key, list);
        }
    }

    record Repair() implements Step {
        @Override
        public void on(Duel duel) {
            duel.repair();
        }
    }

    record Verify(int secret, Presentation as, Set<String> allOf) implements Step {
        @Override
        public void on(Duel duel) {
            duel.verify(secret, as, allOf);
        }
    }

    record Claim(int ticket) implements Step {
        @Override
        public void on(Duel duel) {
            duel.claim(ticket);
        }
    }

    record Peek(int key) implements Step {
        @Override
        public void on(Duel duel) {
            duel.peek(key);
        }
    }

    record Discard(int key) implements Step {
        @Override
        public void on(Duel duel) {
            duel.discard(key);
        }
    }

    record Maintain() implements Step {
        @Override
        public void on(Duel duel) {
            duel.maintain();
        }
    }

    record ListBy(
            @Nullable String owner,
            @Nullable String role,
            @Nullable String status,
            int pageSize) implements Step {
        @Override
        public void on(Duel duel) {
            duel.list(owner, role, status, pageSize);
        }
    }

    /** How a secret is presented. */
    enum Presentation {
        AS_IT_IS,
        /** Another random part, with the checksum that belongs to it. */
        FORGED,
        /** The same for a key that never was. */
        FORGED_FOR_NOBODY,
        /** One digit of the random part is another. */
        MISTYPED,
        TRUNCATED,
        WITH_A_BLANK,
        BLANK
    }

    /** What somebody may have put into a row. */
    enum Damaged {
        CUT("[\"read\",\"upl", Set.of()),
        COMMA_LIST("read,upload", Set.of("read", "upload")),
        OF_THE_INCIDENT("[\" read\\,\\download\\,\\upload\\,\\admin\\]", Set.of("read", "download", "upload", "admin")),
        NOTHING(null, Set.of());

        final @Nullable String text;
        final Set<String> permissions;

        Damaged(@Nullable String text, Set<String> permissions) {
            this.text = text;
            this.permissions = permissions;
        }
    }
}
