// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// Opens a checkpoint of any format. The contents decide, not the name.
public final class CheckpointFiles {
    private static final String CODE = "engine/unknown-checkpoint";
    private static final int SAFETENSORS_BRACE = 8;
    private static final int TAR_MARK = 257;
    private static final Pattern PICKLE_NAME = Pattern.compile(".*\\.(?:pth?|th|ckpt|bin|pkl|pickle)");

    private CheckpointFiles() {}

    /// @param path a `.safetensors`, `.pt`, `.pth`, `.ckpt`, `.bin` or `.th` file, or the index of a checkpoint in several files
    /// @throws IOException                               if it cannot be read
    /// @throws dev.diptych.api.error.NodeException with the reason, if this is no checkpoint or a bad one
    public static Checkpoint open(Path path) throws IOException {
        return path.getFileName().toString().endsWith(".json") ? ShardedCheckpoint.open(path) : openSingle(path);
    }

    /// The weights to run a network with: of a pickle that wraps them, the wrapped ones.
    public static Checkpoint openWeights(Path path) throws IOException {
        Checkpoint checkpoint = openSingle(path);
        try {
            return checkpoint instanceof PickleCheckpoint pickle ? pickle.stateDict() : checkpoint;
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    static Checkpoint openSingle(Path path) throws IOException {
        byte[] start;
        try (InputStream in = Files.newInputStream(path)) {
            start = in.readNBytes(512);
        }
        if (start.length > SAFETENSORS_BRACE && start[SAFETENSORS_BRACE] == '{') {
            return SafetensorsFile.open(path);
        }
        String text = new String(start, StandardCharsets.ISO_8859_1);
        if (text.startsWith("version https://git-lfs")) {
            throw BadFile.of(
                    CODE,
                    BadFile.place(path),
                    "this is a pointer of Git LFS, not the file itself. Fetch the file, for example by `git lfs pull`.");
        }
        if (text.stripLeading().startsWith("<")) {
            throw BadFile.of(CODE, BadFile.place(path), "this is a web page, not a checkpoint. Fetch the file again.");
        }
        if (text.startsWith("ustar", TAR_MARK)) {
            throw BadFile.of(
                    CODE,
                    BadFile.place(path),
                    "PyTorch's tar format of 2016 is not supported. Load it with PyTorch and save it again.");
        }
        boolean isPickle =
                text.startsWith("PK\u0003\u0004")
                        || text.startsWith("\u0080")
                        || PICKLE_NAME.matcher(path.getFileName().toString()).matches();
        return isPickle ? PickleCheckpoint.open(path) : SafetensorsFile.open(path);
    }
}
