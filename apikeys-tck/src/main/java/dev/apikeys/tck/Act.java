package dev.apikeys.tck;

/** What a step of a program does, and how often it is drawn. */
enum Act {
    CREATE(2),
    CREATE_FOR_HAND_OFF(3),
    CREATE_ALL(1),
    VERIFY(8),
    FIND(2),
    LIST(1),
    UPDATE(5),
    DISABLE(1),
    ENABLE(2),
    ROTATE(1),
    REVOKE(1),
    DELETE(1),
    CLAIM(4),
    DISCARD(1),
    MAINTAIN(1);

    private final int weight;

    Act(int weight) {
        this.weight = weight;
    }

    int weight() {
        return weight;
    }
}
