// SPDX-License-Identifier: Apache-2.0

/// Small files that change a model: low-rank adapters in the forms and under the names that their trainers give them, and words learnt as embeddings.
@NullMarked
package dev.diptych.engine.model.checkpoint.adapter;

import org.jspecify.annotations.NullMarked;
