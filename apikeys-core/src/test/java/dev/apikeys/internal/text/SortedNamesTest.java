package dev.apikeys.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class SortedNamesTest {

    @Property(tries = 300)
    void itIsTheSortedSetOfWhatWasGiven(@ForAll List<String> names, @ForAll String other) {
        SortedNames sorted = SortedNames.copyOf(names);

        assertThat(sorted).containsExactlyElementsOf(new TreeSet<>(names));
        assertThat(sorted.equals(new HashSet<>(names))).isTrue();
        assertThat(sorted.hashCode()).isEqualTo(new HashSet<>(names).hashCode());
        assertThat(sorted.contains(other)).isEqualTo(names.contains(other));
        assertThat(names).allMatch(sorted::contains);
        assertThat(sorted.stream().toList()).isEqualTo(List.copyOf(new TreeSet<>(names)));
    }

    @Example
    void itDoesNotFollowItsSource() {
        String[] source = {"b", "a"};
        SortedNames sorted = SortedNames.copyOf(Arrays.asList(source));

        source[0] = "z";

        assertThat(sorted).containsExactly("a", "b");
    }

    @Example
    void itCannotBeChanged() {
        SortedNames names = SortedNames.copyOf(List.of("a"));

        assertThatThrownBy(() -> names.add("b")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> names.remove("a")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(names::clear).isInstanceOf(UnsupportedOperationException.class);
    }

    @Example
    void itHoldsNoNullAndSaysSoOfOne() {
        assertThatNullPointerException().isThrownBy(() -> SortedNames.copyOf(Collections.singletonList(null)));
        assertThat(SortedNames.NONE.contains(null)).isFalse();
    }
}
