// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.ErrorKind;
import dev.diptych.api.error.NodeException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

class NativeLibraryTest {
    @TempDir Path folder;

    private void holds(String version) throws IOException {
        Files.createDirectories(folder.resolve("lib"));
        Files.createFile(folder.resolve("lib").resolve(System.mapLibraryName("torch")));
        Files.writeString(folder.resolve("build-version"), version + "\n");
    }

    private NativeLibrary find() {
        return NativeLibrary.find(Map.of(NativeLibrary.VARIABLE, folder.toString()));
    }

    @Test
    void takes_what_came_with_it_if_nothing_else_is_named() {
        NativeLibrary library = NativeLibrary.find(Map.of("XDG_CACHE_HOME", "/caches"));

        assertThat(library.folder()).isNull();
        assertThat(library.hasCuda()).isFalse();
        assertThat(library.unpack()).isEqualTo(Path.of("/caches/diptych/native"));
        assertThat(library).hasToString("libtorch 2.7.1 (cpu), came with Diptych");
    }

    @Test
    void takes_the_folder_that_the_environment_names() throws IOException {
        holds("2.7.1+cu128");

        NativeLibrary library = find();

        assertThat(library.folder()).isEqualTo(folder.resolve("lib"));
        assertThat(library.version()).isEqualTo("2.7.1");
        assertThat(library.flavour()).isEqualTo("cu128");
        assertThat(library.hasCuda()).isTrue();
    }

    @Test
    void takes_the_libraries_of_an_installed_pytorch() throws IOException {
        Files.createDirectories(folder.resolve("torch/lib"));
        Files.createFile(folder.resolve("torch/lib").resolve(System.mapLibraryName("torch")));
        Files.writeString(
                folder.resolve("torch/version.py"), "from typing import Optional\n__version__ = '2.7.1+cpu'\n");

        assertThat(find().flavour()).isEqualTo("cpu");
    }

    @Test
    void refuses_another_version_by_name() throws IOException {
        holds("2.6.0+cu124");

        assertThatThrownBy(this::find)
                .isInstanceOfSatisfying(
                        NodeException.class,
                        error -> {
                            assertThat(error.kind()).isEqualTo(ErrorKind.RESOURCE);
                            assertThat(error.next()).isPresent();
                        })
                .hasMessageContaining("2.6.0+cu124")
                .hasMessageContaining("2.7.1")
                .hasMessageContaining(folder.toString());
    }

    @Test
    void refuses_a_flavour_that_it_has_no_bindings_for() throws IOException {
        holds("2.7.1+rocm6.3");

        assertThatThrownBy(this::find).hasMessageContaining("rocm6.3").hasMessageContaining("cpu or cu128");
    }

    @Test
    void refuses_a_folder_without_the_library_and_one_that_does_not_say_its_version() throws IOException {
        assertThatThrownBy(this::find).hasMessageContaining(System.mapLibraryName("torch"));

        Files.createFile(folder.resolve(System.mapLibraryName("torch")));
        assertThatThrownBy(this::find).hasMessageContaining("build-version");
    }
}
