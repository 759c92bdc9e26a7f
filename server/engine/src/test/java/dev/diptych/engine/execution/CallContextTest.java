// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.cache.ResultCache;
import dev.diptych.engine.model.ModelProvider;
import dev.diptych.engine.plugin.ClassLibrary;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.Literals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

class CallContextTest {
    @TempDir private Path folder;

    @Test
    void tells_how_long_a_device_computes_for_it_and_nothing_while_none_does() throws Exception {
        try (NodePool pool = new NodePool(1);
                ResultCache cache = ResultCache.open(folder, 1 << 20, 1 << 20);
                CallContext context =
                        new CallContext(
                                "n",
                                "test/n",
                                new RunListener() {},
                                () -> false,
                                new WorkflowExecutor(
                                        ClassLibrary.of(List.of(), "test"),
                                        cache,
                                        pool,
                                        ModelProvider.none(),
                                        new Literals(_ -> Optional.empty(), new ImageFiles(1)),
                                        "1"),
                                RunOptions.of("ann", "w"))) {
            assertThat(context.deviceCall()).isEmpty();
            context.computing(true);
            Thread.sleep(5);
            assertThat(context.deviceCall()).hasValueSatisfying(age -> assertThat(age.toMillis()).isPositive());
            context.computing(false);
            assertThat(context.deviceCall()).isEmpty();
        }
    }
}
