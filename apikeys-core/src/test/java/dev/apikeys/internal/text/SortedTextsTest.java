package dev.apikeys.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class SortedTextsTest {

    @Property(tries = 300)
    void itIsTheSortedMapOfWhatWasGiven(@ForAll Map<String, String> texts, @ForAll String other) {
        SortedTexts sorted = SortedTexts.copyOf("metadata", texts);

        assertThat(sorted.entrySet()).containsExactlyElementsOf(new TreeMap<>(texts).entrySet());
        assertThat(sorted).isEqualTo(texts).hasSameHashCodeAs(texts);
        assertThat(sorted.containsKey(other)).isEqualTo(texts.containsKey(other));
        assertThat(sorted.get(other)).isEqualTo(texts.get(other));
        assertThat(texts).allSatisfy((key, value) -> assertThat(sorted.get(key)).isEqualTo(value));
    }

    @Example
    void itDoesNotFollowItsSourceAndCopiesItselfForNothing() {
        Map<String, String> source = new HashMap<>(Map.of("a", "1"));
        SortedTexts sorted = SortedTexts.copyOf("metadata", source);

        source.put("b", "2");

        assertThat(sorted).containsExactly(Map.entry("a", "1"));
        assertThat(SortedTexts.copyOf("metadata", sorted)).isSameAs(sorted);
    }

    @Example
    void itCannotBeChanged() {
        SortedTexts sorted = SortedTexts.copyOf("metadata", Map.of("a", "1"));

        assertThatThrownBy(() -> sorted.put("b", "2")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> sorted.remove("a")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(sorted::clear).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> sorted.entrySet().iterator().next().setValue("2"))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Example
    void itHoldsNoNullAndNamesTheArgumentThatDoes() {
        assertThatNullPointerException()
                .isThrownBy(() -> SortedTexts.copyOf("metadata", Collections.singletonMap("a", null)))
                .withMessage("metadata");
        assertThatNullPointerException()
                .isThrownBy(() -> SortedTexts.copyOf("metadata", Collections.singletonMap(null, "1")))
                .withMessage("metadata");
        assertThat(SortedTexts.copyOf("metadata", Map.of("a", "1")).get(null)).isNull();
    }
}
