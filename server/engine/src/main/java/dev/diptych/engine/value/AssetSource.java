// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import java.io.IOException;
import java.util.Optional;

/// Where the bytes of `asset:` references come from.
@FunctionalInterface
public interface AssetSource {
    /// @param reference without `asset:`: a SHA-256, or `plugin/path`
    /// @return empty if there is no such asset
    Optional<byte[]> read(String reference) throws IOException;
}
