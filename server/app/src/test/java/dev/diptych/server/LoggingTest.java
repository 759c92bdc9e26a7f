// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.engine.cache.ResultCache;
import dev.diptych.engine.document.TypeReader;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.execution.NodePool;
import dev.diptych.engine.execution.RunListener;
import dev.diptych.engine.execution.RunOptions;
import dev.diptych.engine.execution.WorkflowExecutor;
import dev.diptych.engine.graph.Limits;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.graph.Planner;
import dev.diptych.engine.model.ModelProvider;
import dev.diptych.engine.plugin.ClassLibrary;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.Literals;

import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

class LoggingTest {
    private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();

    /// A node that has something to say.
    @NodeType(id = "test/says", title = "Says", group = "Test")
    public static final class Says implements Node<Says.In, Says.Out> {
        public record In(String words) {}

        public record Out(String words) {}

        @Override
        public Out run(In in, NodeContext context) {
            context.log().warn("{}", in.words());
            return new Out(in.words());
        }
    }

    private static void run(String document) throws Exception {
        ClassLibrary library = ClassLibrary.of(List.of(Says.class), "test");
        Literals literals = new Literals(_ -> Optional.empty(), new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS));
        WorkflowDocument read = new WorkflowReader(TypeReader.of(library), 1 << 20).read(document);
        Plan plan = new Planner(library, _ -> Optional.empty(), Limits.DEFAULT).plan(read, Set.of(), Map.of());
        try (NodePool pool = new NodePool(1);
                ResultCache cache = ResultCache.inMemory(1 << 20)) {
            new WorkflowExecutor(library, cache, pool, ModelProvider.none(), literals, "1")
                    .start(plan, Map.of(), RunOptions.of("ann", read.name()), new RunListener() {})
                    .result()
                    .get(10, TimeUnit.SECONDS);
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    /// The lines that a logger writes meanwhile.
    private List<String> lines(String logger, Action action) throws Exception {
        ListAppender<ILoggingEvent> heard = new ListAppender<>();
        heard.start();
        context.getLogger(logger).addAppender(heard);
        try {
            action.run();
        } finally {
            context.getLogger(logger).detachAppender(heard);
        }
        PatternLayout layout = new PatternLayout();
        layout.setContext(context);
        layout.setPattern(Logging.PATTERN);
        layout.start();
        return heard.list.stream().map(layout::doLayout).toList();
    }

    @Test
    void a_nodes_message_tells_workflow_and_node_while_loggers_are_one_for_each_type() throws Exception {
        List<String> lines =
                lines(
                        "node.test.says",
                        () ->
                                run(
                                        """
                                        {"diptych":1,"name":"chatter","nodes":{
                                          "first":{"type":"test/says","version":1,"in":{"words":{"value":"hello"}}},
                                          "second":{"type":"test/says","version":1,"in":{"words":{"value":"and goodbye"}}}},
                                         "outputs":{"a":{"node":"first","out":"words"},"b":{"node":"second","out":"words"}}}\
                                        """));

        assertThat(lines)
                .hasSize(2)
                .anyMatch(line -> line.endsWith(" node.test.says [chatter: first] hello\n"))
                .anyMatch(line -> line.endsWith(" node.test.says [chatter: second] and goodbye\n"));
        assertThat(context.getLoggerList()).noneMatch(known -> known.getName().contains("first"));
    }

    @Test
    void what_no_node_says_has_nothing_in_brackets() throws Exception {
        String logger = LoggingTest.class.getName();

        assertThat(lines(logger, () -> context.getLogger(logger).warn("a {}", "word")).getFirst())
                .endsWith("LoggingTest a word\n");
    }
}
