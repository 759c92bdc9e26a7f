// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

@SuppressWarnings("JavaLangClash")
class ModuleTest {
    static class Block extends Module {
        final Linear timeEmbProj = new Linear(2, 3);

        @Named("to_out.0")
        final Linear toOut = new Linear(3, 4, false);

        final @Nullable Linear convShortcut = null;
        final transient Linear forgotten = new Linear(9, 9);
        static final Linear SHARED = new Linear(9, 9);
    }

    static final class Wide extends Block {
        final LayerNorm norm2 = new LayerNorm(4);
    }

    static final class Whole extends Module {
        final List<Block> downBlocks = List.of(new Block(), new Wide());

        @Named("")
        final LayerNorm ending = new LayerNorm(5);

        final Map<Integer, Linear> hints = new LinkedHashMap<>();

        Whole() {
            hints.put(0, new Linear(1, 1));
            hints.put(2, new Linear(1, 1));
        }
    }

    @Test
    void a_parameter_is_named_by_the_fields_that_lead_to_it() {
        assertThat(describe(new Block()).parameters().keySet())
                .containsExactly("time_emb_proj.weight", "time_emb_proj.bias", "to_out.0.weight");
    }

    @Test
    void lists_and_maps_number_their_elements_and_an_empty_name_adds_nothing() {
        assertThat(describe(new Whole()).parameters().keySet())
                .containsExactly(
                        "down_blocks.0.time_emb_proj.weight",
                        "down_blocks.0.time_emb_proj.bias",
                        "down_blocks.0.to_out.0.weight",
                        "down_blocks.1.time_emb_proj.weight",
                        "down_blocks.1.time_emb_proj.bias",
                        "down_blocks.1.to_out.0.weight",
                        "down_blocks.1.norm2.weight",
                        "down_blocks.1.norm2.bias",
                        "weight",
                        "bias",
                        "hints.0.weight",
                        "hints.0.bias",
                        "hints.2.weight",
                        "hints.2.bias");
    }

    @Test
    void counts_what_the_checkpoint_holds() {
        assertThat(describe(new Block()).parameterCount()).isEqualTo(2 * 3 + 3 + 3 * 4);
    }

    static final class Twice extends Module {
        final Linear first = new Linear(1, 1);
        final Linear second = first;
    }

    @Test
    void refuses_one_parameter_under_two_names() {
        assertThatThrownBy(() -> describe(new Twice()))
                .isInstanceOf(DescriptionException.class)
                .hasMessageContaining("first.weight")
                .hasMessageContaining("second.weight");
    }

    static final class Clashing extends Module {
        @Named("linear")
        final Linear one = new Linear(1, 1);

        @Named("linear")
        final Linear other = new Linear(1, 1);
    }

    @Test
    void refuses_two_parameters_under_one_name() {
        assertThatThrownBy(() -> describe(new Clashing()))
                .isInstanceOf(DescriptionException.class)
                .hasMessageContaining("linear.weight");
    }

    static final class Endless extends Module {
        final List<Module> inner = new java.util.ArrayList<>();
    }

    @Test
    void refuses_a_module_that_contains_itself() {
        Endless endless = new Endless();
        endless.inner.add(endless);

        assertThatThrownBy(() -> describe(endless))
                .isInstanceOf(DescriptionException.class)
                .hasMessageContaining("Endless")
                .hasMessageContaining("inner.0");
    }

    @Test
    void refuses_to_compute_with_a_parameter_that_no_field_leads_to() {
        assertThatThrownBy(() ->
                        Network.of(new Block())
                                .function(
                                        "forward",
                                        (_, f) -> f.output("y", Block.SHARED.of(f.input("x", f.batch(), 9)))))
                .hasMessageContaining("no field");
    }

    private static Network describe(Module module) {
        return Network.of(module).network();
    }
}
