// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import picocli.CommandLine.IVersionProvider;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;

/// The version of this program, written into its classes by the build.
public final class Version implements IVersionProvider {
    /// For example `0.1.0-SNAPSHOT`.
    public static String current() {
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            Properties properties = new Properties();
            properties.load(Objects.requireNonNull(in, "version.properties is missing beside Version.class"));
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String[] getVersion() {
        return new String[] {"diptych " + current(), "Java " + Runtime.version()};
    }
}
