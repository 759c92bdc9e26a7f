// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// The cases that the engine runs itself: noise and tokenizers. Those under `hostile` are made by `make_tokenizer_cases.py`, of texts that break tokenizers.
final class CasesParityTest {
    @TestFactory
    List<DynamicTest> equals_the_reference() throws Exception {
        Path cases = Path.of(Objects.requireNonNull(CasesParityTest.class.getResource("cases")).toURI());
        Verifier verifier = new Verifier(List.of(), PublishedVocabularies.context());
        List<CasePlace> found = CasePlace.find(cases);
        assertThat(found).hasSize(10);
        return found.stream()
                .map(place ->
                        DynamicTest.dynamicTest(
                                place.name(),
                                () -> {
                                    Verdict verdict = verifier.verify(place);
                                    assertThat(verdict.reason()).isEmpty();
                                    assertThat(verdict.result()).isEqualTo(Verdict.Result.PASS);
                                }))
                .toList();
    }
}
