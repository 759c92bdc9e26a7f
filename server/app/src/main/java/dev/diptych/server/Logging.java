// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;

import org.slf4j.Logger;

/// What is logged, and where: to standard error, so that results on standard output stay clean. In Java, since reading it from XML takes
/// noticeably long at each start. Whoever wants it otherwise brings a file, as Logback documents it: `logback.xml` on the class path,
/// or one that the property `logback.configurationFile` names.
public final class Logging extends ContextAwareBase implements Configurator {
    static final String PATTERN =
            "%d{HH:mm:ss.SSS} %-5level %logger{20}%replace( [%X{workflow}: %X{node}]){' \\[: \\]', ''} %msg%n";

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        ClassLoader loader = Logging.class.getClassLoader();
        if (System.getProperty("logback.configurationFile") != null
                || loader.getResource("logback-test.xml") != null
                || loader.getResource("logback.xml") != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setName("stderr");
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(appender);
        context.getLogger("dev.diptych").setLevel(Level.INFO);
        // It asks every machine for a graphics card, and complains of those that have none.
        context.getLogger("ai.djl.util.cuda.CudaUtils").setLevel(Level.ERROR);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
