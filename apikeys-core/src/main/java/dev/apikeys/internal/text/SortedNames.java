package dev.apikeys.internal.text;

import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;

/** An immutable sorted set of names. One array, since cached records hold many of them, most below ten names. */
public final class SortedNames extends AbstractSet<String> {

    public static final SortedNames NONE = new SortedNames(new String[0]);

    private final String[] names;

    private SortedNames(String[] names) {
        this.names = names;
    }

    public static SortedNames copyOf(Collection<String> names) {
        return copyOf("names", names);
    }

    /** Copies names; refuses null with the name of the argument. */
    public static SortedNames copyOf(String argument, Collection<String> names) {
        Objects.requireNonNull(names, argument);
        if (names instanceof SortedNames sorted) {
            return sorted;
        }
        String[] copy = names.toArray(String[]::new);
        for (String name : copy) {
            Objects.requireNonNull(name, argument);
        }
        Arrays.sort(copy);
        int distinct = 0;
        for (String name : copy) {
            if (distinct == 0 || !name.equals(copy[distinct - 1])) {
                copy[distinct++] = name;
            }
        }
        return distinct == 0 ? NONE : new SortedNames(distinct == copy.length ? copy : Arrays.copyOf(copy, distinct));
    }

    @Override
    public boolean contains(Object o) {
        return o instanceof String name && Arrays.binarySearch(names, name) >= 0;
    }

    @Override
    public int size() {
        return names.length;
    }

    @Override
    public Iterator<String> iterator() {
        return Spliterators.iterator(spliterator());
    }

    @Override
    public Spliterator<String> spliterator() {
        return Spliterators.spliterator(
                names, Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL | Spliterator.IMMUTABLE);
    }
}
