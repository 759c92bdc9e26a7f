// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.models;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A file of a model somewhere else.
///
/// @param url    https
/// @param path   where it goes in the model
/// @param sha256 that it must have, or null
public record RemoteFile(String url, String path, @Nullable String sha256) {

    /// Files by their URLs: where they go is what follows the folder that all of them share.
    ///
    /// @throws IllegalArgumentException if a URL names no file
    public static List<RemoteFile> of(List<String> urls, @Nullable String sha256) {
        List<List<String>> paths = urls.stream().map(RemoteFile::names).toList();
        int shared = paths.getFirst().size() - 1;
        for (List<String> path : paths) {
            int equal = 0;
            while (equal < Math.min(shared, path.size() - 1) && path.get(equal).equals(paths.getFirst().get(equal))) {
                equal++;
            }
            shared = equal;
        }
        List<RemoteFile> files = new ArrayList<>();
        for (int i = 0; i < urls.size(); i++) {
            List<String> path = paths.get(i);
            files.add(new RemoteFile(urls.get(i), String.join("/", path.subList(shared, path.size())), sha256));
        }
        return files;
    }

    private static List<String> names(String url) {
        String path;
        try {
            String raw = URI.create(url).getRawPath();
            path = URLDecoder.decode((raw == null ? "" : raw).replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(url + " is no URL.", e);
        }
        List<String> names = Arrays.stream(path.split("/")).filter(name -> !name.isEmpty()).toList();
        if (names.isEmpty() || path.endsWith("/")) {
            throw new IllegalArgumentException(
                    url
                            + " names no file. Give the URL of each file, as https://huggingface.co/OWNER/NAME/resolve/main/model_index.json");
        }
        return names;
    }

    /// The name that the Hugging Face Hub has for the model of a URL; null elsewhere.
    public static @Nullable String hubName(String url) {
        URI uri = URI.create(url);
        List<String> names = names(url);
        return "huggingface.co".equals(uri.getHost()) && names.size() > 3 && names.get(2).equals("resolve")
                ? names.getFirst() + "/" + names.get(1)
                : null;
    }
}
