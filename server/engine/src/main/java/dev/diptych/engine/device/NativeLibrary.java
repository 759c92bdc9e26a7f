// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.value.UserFolders;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which libtorch this process uses: the one that came with Diptych, which computes on the processor, or that of a folder. Looking loads nothing.
///
/// @param folder  with `libtorch.so`; null for the one that came with Diptych
/// @param version as PyTorch counts, for example `2.7.1`
/// @param flavour `cpu`, or the CUDA version, for example `cu128`
/// @param unpack  where the libraries that came with Diptych are unpacked
public record NativeLibrary(@Nullable Path folder, String version, String flavour, Path unpack) {
    /// The environment variable that names a folder.
    public static final String VARIABLE = "DIPTYCH_LIBTORCH";

    /// The one version that the bindings fit.
    public static final String VERSION = "2.7.1";

    private static final List<String> FLAVOURS = List.of("cpu", "cu128");
    private static final Pattern IN_PYTHON = Pattern.compile("__version__\\s*=\\s*['\"]([^'\"]+)['\"]");

    /// @throws NodeException if the environment names a folder that holds none, or one that does not fit
    public static NativeLibrary find(Map<String, String> environment) {
        Path unpack = UserFolders.nativeLibraries(environment);
        String named = environment.getOrDefault(VARIABLE, "");
        if (named.isEmpty()) {
            return new NativeLibrary(null, VERSION, "cpu", unpack);
        }
        Path given = Path.of(named).toAbsolutePath().normalize();
        Path folder = libraries(given);
        String full = version(given, folder);
        String version = full.replaceFirst("[+-].*", "");
        int plus = full.indexOf('+');
        String flavour = plus < 0 ? "cpu" : full.substring(plus + 1);
        if (flavour.startsWith("cpu")) {
            flavour = "cpu";
        }
        if (!version.equals(VERSION) || !FLAVOURS.contains(flavour)) {
            throw refused(
                    given,
                    "holds libtorch "
                            + full
                            + "; "
                            + VERSION
                            + " of the flavour "
                            + String.join(" or ", FLAVOURS)
                            + " is needed");
        }
        return new NativeLibrary(folder, version, flavour, unpack);
    }

    private static Path libraries(Path given) {
        for (Path folder : List.of(given, given.resolve("lib"), given.resolve("torch").resolve("lib"))) {
            if (Files.isRegularFile(folder.resolve(System.mapLibraryName("torch")))) {
                return folder;
            }
        }
        throw refused(given, "holds no " + System.mapLibraryName("torch") + ", nor does its folder lib");
    }

    /// libtorch says its version in `build-version`, PyTorch in `version.py`.
    private static String version(Path given, Path folder) {
        try {
            for (Path place : List.of(given, folder, folder.resolveSibling(""))) {
                Path stated = place.resolve("build-version");
                if (Files.isRegularFile(stated)) {
                    return Files.readString(stated, StandardCharsets.UTF_8).strip();
                }
                Path python = place.resolve("version.py");
                if (Files.isRegularFile(python)) {
                    Matcher matcher = IN_PYTHON.matcher(Files.readString(python, StandardCharsets.UTF_8));
                    if (matcher.find()) {
                        return matcher.group(1);
                    }
                }
            }
        } catch (IOException e) {
            throw refused(given, "cannot be read: " + e.getMessage());
        }
        throw refused(given, "does not say its version: neither build-version nor version.py is there");
    }

    private static NodeException refused(Path given, String reason) {
        return NodeException.resource("device/libtorch", "%s=%s: this folder %s.", VARIABLE, given, reason)
                .next("Unpack libtorch " + VERSION + " (cxx11 ABI) from pytorch.org there, or unset the variable.");
    }

    /// Whether graphics cards can be used.
    public boolean hasCuda() {
        return flavour.startsWith("cu");
    }

    /// Tells DJL, which reads these when it is first touched: nothing is fetched from the network.
    void configure() {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("PYTORCH_VERSION", version);
        System.setProperty("PYTORCH_FLAVOR", flavour);
        if (folder != null) {
            System.setProperty("PYTORCH_LIBRARY_PATH", folder.toString());
        }
        if (System.getProperty("DJL_CACHE_DIR") == null && System.getenv("DJL_CACHE_DIR") == null) {
            System.setProperty("DJL_CACHE_DIR", unpack.toString());
        }
    }

    /// For people: version, flavour, and where it is.
    @Override
    public String toString() {
        return "libtorch "
                + version
                + " ("
                + flavour
                + "), "
                + (folder == null ? "came with Diptych" : "from " + folder);
    }
}
