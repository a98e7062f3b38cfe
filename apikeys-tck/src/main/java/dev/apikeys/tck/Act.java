package dev.apikeys.tck;

/** The act of a step, with its frequency. */
enum Act {
    CREATE(2),
    CREATE_FOR_HAND_OFF(3),
    CREATE_SHORT_LIVED(1),
    CREATE_ALL(1),
    VERIFY(8),
    AUTHORIZE(2),
    FIND(2),
    LIST(1),
    UPDATE(5),
    DISABLE(1),
    ENABLE(2),
    ROTATE(1),
    REVOKE(1),
    REVOKE_ALL(1),
    DELETE(1),
    CLAIM(4),
    DISCARD(1),
    READ_JOURNAL(2),
    MAINTAIN(1),
    RELOAD(1),
    /** Never drawn: a program that closes its manager does so once. */
    CLOSE(0);

    private final int weight;

    Act(int weight) {
        this.weight = weight;
    }

    int weight() {
        return weight;
    }
}
