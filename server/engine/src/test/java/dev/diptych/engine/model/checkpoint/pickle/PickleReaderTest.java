// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

@Timeout(60)
class PickleReaderTest {
    private static final PickleNames NAMES =
            new PickleNames() {
                @Override
                public Builder find(PickleValue.Name name) {
                    if (!name.full().equals("safe.Thing")) {
                        throw new PickleException("refused " + name.full());
                    }
                    return PickleNames.data(name);
                }

                @Override
                public PickleValue persistent(PickleValue id) {
                    throw new PickleException("nothing is outside");
                }
            };

    @Test
    void reads_the_instructions_of_protocol_0() {
        PickleList list =
                (PickleList)
                        read("(lp0\nI1\naI01\naL12L\naF1.5\naS'text'\naVunicode\naNa(dp1\nS'k'\nI2\nsa(I1\nI2\nta.");

        assertThat(list.items().subList(0, 7))
                .containsExactly(
                        PickleValue.Int.of(1),
                        new PickleValue.Bool(true),
                        PickleValue.Int.of(12),
                        new PickleValue.Real(1.5),
                        new PickleValue.Text("text"),
                        new PickleValue.Text("unicode"),
                        new PickleValue.None());
        assertThat(list.items().get(7).get("k")).contains(PickleValue.Int.of(2));
        assertThat(((PickleList) list.items().get(8)).kind()).isEqualTo(PickleList.Kind.TUPLE);
    }

    @Test
    void keeps_the_attributes_and_contents_of_data_classes() {
        PickleObject object = (PickleObject) read("csafe\nThing\n)\u0081}S'a'\nI1\nsbS'b'\nI2\ns.");

        assertThat(object.type().full()).isEqualTo("safe.Thing");
        assertThat(object.get("a")).contains(PickleValue.Int.of(1));
        assertThat(object.get("b")).contains(PickleValue.Int.of(2));
    }

    @Test
    void refuses_names_in_each_way_they_can_be_mentioned() {
        assertRefused("cos\nsystem\n.", "refused os.system");
        assertRefused("S'os'\nS'system'\n\u0093.", "refused os.system");
        assertRefused("(S'x'\nios\nsystem\n.", "refused os.system");
        assertRefused("(cos\nsystem\nS'x'\no.", "refused os.system");
        assertRefused("I1\nS'system'\n\u0093.", "is no text");
        assertRefused("I1\n)R.", "calls something that is no name");
        assertRefused("csafe\nThing\nI1\nR.", "something else than a tuple");
        assertRefused("csafe\nThing\n}\u0092.", "missing on its stack");
        assertRefused("csafe\nThing\n)}S'a'\nI1\ns\u0092.", "named arguments");
        assertRefused("I1\nQ.", "nothing is outside");
    }

    @Test
    void refuses_instructions_it_does_not_know_by_name() {
        assertRefused("\u0082\u0001.", "EXT1 (0x82)");
        assertRefused("\u0097.", "NEXT_BUFFER (0x97)");
        assertRefused("\u00ff.", "0xff");
        assertRefused("\u0080\u0009.", "protocol is 9");
    }

    @Test
    void refuses_a_machine_that_goes_wrong() {
        assertRefused(".", "missing on its stack");
        assertRefused("0.", "missing on its stack");
        assertRefused("e.", "mark is missing");
        assertRefused("(a.", "missing on its stack");
        assertRefused("I1\nI2\na.", "no list");
        assertRefused(")I2\na.", "no list");
        assertRefused("I1\nI2\nI3\ns.", "no dictionary");
        assertRefused("}(I1\nu.", "has no value");
        assertRefused("I1\nI1\nb.", "has none");
        assertRefused("h\u0001.", "memo is empty");
        assertRefused("I1x\n.", "no number");
        assertRefused("Sx\n.", "quotation");
        assertRefused("I1\n", "ends in the middle");
        assertRefused("", "ends in the middle");
    }

    @Test
    void holds_lengths_against_the_file_before_it_allocates() {
        assertRefused("X\u00ff\u00ff\u00ff\u00ffabc.", "ends in the middle");
        assertRefused("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007fabc.", "ends in the middle");
        assertRefused("\u008e\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffabc.", "ends in the middle");
        assertRefused("\u008b\u00ff\u00ff\u00ff\u007fabc.", "at most 400");
        assertRefused("I" + "9".repeat(1000) + "\n.", "longer than 400");
    }

    @Test
    void refuses_values_that_contain_themselves_or_nest_too_deep() {
        assertRefused("]q\u0000h\u0000a.", "contains itself");
        assertRefused("}q\u0000S'a'\nh\u0000s.", "contains itself");
        assertRefused("]".repeat(1000) + "a".repeat(999) + ".", "deeper than 200");
        assertRefused(")" + "\u0085".repeat(100_000) + ".", "deeper than 200");
        assertRefused("(".repeat(20_000), "deeper than 10000");
    }

    @Test
    void shared_values_cost_no_more_than_once() {
        // Each list holds the one before twice: 2^150 paths, 150 values.
        StringBuilder pickle = new StringBuilder("]q\u0000");
        for (int i = 0; i < 150; i++) {
            pickle.append("0]q")
                    .append((char) (i + 1))
                    .append("(h")
                    .append((char) i)
                    .append('h')
                    .append((char) i)
                    .append('e');
        }

        assertThat(read(pickle + ".")).isInstanceOf(PickleList.class);
    }

    @Test
    void refuses_more_instructions_than_any_checkpoint_has() {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.write(']');
        for (int i = 0; i < 1_100_000; i++) {
            pickle.write('N');
            pickle.write('a');
        }

        assertThatThrownBy(() -> PickleReader.read(MemorySegment.ofArray(pickle.toByteArray()), 0, NAMES))
                .hasMessageContaining("more than 2000000 instructions");
    }

    @Test
    void many_keys_with_one_hash_code_are_no_slower() {
        // "Aa" and "BB" have the same hash code, and so have all texts made of fifteen of them.
        StringBuilder pickle = new StringBuilder("}(");
        for (int i = 0; i < 1 << 15; i++) {
            pickle.append("U").append((char) 30);
            for (int bit = 0; bit < 15; bit++) {
                pickle.append((i >> bit & 1) == 0 ? "Aa" : "BB");
            }
            pickle.append('N');
        }

        assertThat(((PickleMap) read(pickle + "u.")).entries()).hasSize(1 << 15);
    }

    private static PickleValue read(String latin1) {
        return PickleReader.read(MemorySegment.ofArray(latin1.getBytes(StandardCharsets.ISO_8859_1)), 0, NAMES).value();
    }

    private static void assertRefused(String latin1, String reason) {
        assertThatThrownBy(() -> read(latin1)).isInstanceOf(PickleException.class).hasMessageContaining(reason);
    }
}
