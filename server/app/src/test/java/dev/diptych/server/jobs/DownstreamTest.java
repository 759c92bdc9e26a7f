// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.server.worker.link.WorkflowBundle;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.TreeMap;

class DownstreamTest {
    private final ObjectNode document = JsonNodeFactory.instance.objectNode();
    private final ObjectNode nodes = document.putObject("nodes");

    private void node(String id, String... needs) {
        ObjectNode in = nodes.putObject(id).put("type", "t/x").putObject("in");
        for (int i = 0; i < needs.length; i++) {
            in.putObject("p" + i).putArray("list").addObject().put("node", needs[i]).put("out", "o");
        }
    }

    private String bundle() {
        return new WorkflowBundle(document, new TreeMap<>()).text();
    }

    @Test
    void a_node_and_all_that_needs_it_and_nothing_else() {
        node("a");
        node("b", "a");
        node("beside");
        node("c", "beside", "b");
        node("d", "beside");

        assertThat(Downstream.of("a", bundle())).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(Downstream.of("d", bundle())).containsExactly("d");
        assertThatThrownBy(() -> Downstream.of("z", bundle())).hasMessageContaining("no node \"z\"");
    }

    @Test
    @Timeout(60) // a pass over the document for each of its levels takes many minutes
    void a_chain_of_twenty_thousand_written_backwards_is_found_whole() {
        for (int i = 20_000; i > 0; i--) {
            node("n" + i, "n" + (i - 1));
        }
        node("n0");

        assertThat(Downstream.of("n0", bundle())).hasSize(20_001);
    }
}
