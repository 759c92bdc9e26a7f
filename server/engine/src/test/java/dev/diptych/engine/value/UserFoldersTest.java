// SPDX-License-Identifier: Apache-2.0
package dev.diptych.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.Map;

class UserFoldersTest {
    @Test
    void a_variable_names_a_folder_for_each_purpose() {
        Map<String, String> environment =
                Map.of("HOME", "/home/ada", "XDG_CONFIG_HOME", "/c", "XDG_DATA_HOME", "/d", "XDG_CACHE_HOME", "/e");

        assertThat(UserFolders.configuration(environment)).isEqualTo(Path.of("/c/diptych"));
        assertThat(UserFolders.data(environment)).isEqualTo(Path.of("/d/diptych"));
        assertThat(UserFolders.nativeLibraries(environment)).isEqualTo(Path.of("/e/diptych/native"));
    }

    @Test
    void else_they_lie_in_the_home_folder_that_the_environment_names() {
        Map<String, String> environment =
                Map.of("HOME", "/home/ada", "XDG_DATA_HOME", "", "XDG_CACHE_HOME", "a/relative/one");

        assertThat(UserFolders.configuration(environment)).isEqualTo(Path.of("/home/ada/.config/diptych"));
        assertThat(UserFolders.data(environment)).isEqualTo(Path.of("/home/ada/.local/share/diptych"));
        assertThat(UserFolders.nativeLibraries(environment)).isEqualTo(Path.of("/home/ada/.cache/diptych/native"));
    }

    @Test
    void without_any_variable_the_list_of_users_says_where() {
        assertThat(UserFolders.data(Map.of()))
                .isEqualTo(Path.of(System.getProperty("user.home"), ".local", "share", "diptych"));
    }
}
