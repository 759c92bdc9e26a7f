# SPDX-License-Identifier: Apache-2.0
"""Makes the checkpoints beside it. Needs torch and safetensors; run in this folder: python make_fixtures.py"""
import json
import os
import struct

import torch
from safetensors.torch import save_file

FLOATS = [0.0, -0.0, 1.0, -2.5, 65504.0, 1e-7, float("inf"), float("nan")]
INTEGERS = [0, 1, 2, 3, 100, 127]
DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
          "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2, "I64": torch.int64, "I32": torch.int32, "I16": torch.int16,
          "I8": torch.int8, "U8": torch.uint8, "U16": torch.uint16, "U32": torch.uint32, "U64": torch.uint64}


def every_type():
    tensors = {name: torch.tensor(FLOATS if name[0] in "FB" else INTEGERS, dtype=torch.float64 if name[0] in "FB" else torch.int64).to(dtype)
               for name, dtype in DTYPES.items()}
    tensors["BOOL"] = torch.tensor([True, False, True])
    tensors["scalar"] = torch.tensor(4.5)
    tensors["empty"] = torch.zeros(0, 3)
    tensors["matrix"] = torch.arange(6.0).reshape(2, 3)
    return tensors


def sharded():
    os.makedirs("sharded", exist_ok=True)
    save_file({"a": torch.arange(3.0), "b": torch.ones(2, 2)}, "sharded/model-00001-of-00002.safetensors")
    save_file({"c": torch.zeros(1)}, "sharded/model-00002-of-00002.safetensors")
    one, two = (f"model-0000{i}-of-00002.safetensors" for i in (1, 2))
    with open("sharded/model.safetensors.index.json", "w") as f:
        json.dump({"metadata": {"total_size": 32}, "weight_map": {"a": one, "b": one, "c": two}}, f)


if __name__ == "__main__":
    save_file(every_type(), "every-type.safetensors", metadata={"format": "pt", "title": "Grüße"})
    sharded()
