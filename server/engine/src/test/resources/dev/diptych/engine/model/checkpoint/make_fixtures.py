# SPDX-License-Identifier: Apache-2.0
"""Makes the checkpoints beside it. Needs torch and safetensors; run in this folder: python make_fixtures.py"""
import collections
import json
import os
import sys
import types
import zipfile

import numpy
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


def eight_bits():
    """Every value of the two 8-bit formats, and what PyTorch makes of it."""
    tensors = {}
    for name in ("F8_E4M3", "F8_E5M2"):
        tensors[name] = torch.arange(256, dtype=torch.uint8).view(DTYPES[name])
        tensors[f"{name} as F32"] = tensors[name].float()
    return tensors


def sharded():
    os.makedirs("sharded", exist_ok=True)
    save_file({"a": torch.arange(3.0), "b": torch.ones(2, 2)}, "sharded/model-00001-of-00002.safetensors")
    save_file({"c": torch.zeros(1)}, "sharded/model-00002-of-00002.safetensors")
    one, two = (f"model-0000{i}-of-00002.safetensors" for i in (1, 2))
    with open("sharded/model.safetensors.index.json", "w") as f:
        json.dump({"metadata": {"total_size": 32}, "weight_map": {"a": one, "b": one, "c": two}}, f)


def pickled():
    """Tensors of all kinds of storages and strides, and what stands beside them."""
    base = torch.arange(24.0)
    weights = collections.OrderedDict()
    for name in ("F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"):
        weights[name] = every_type()[name]
    weights["view"] = base[2:8].reshape(2, 3).t()
    weights["same"] = base[2:8]
    weights["expanded"] = torch.arange(5).expand((3, 5))
    weights["channels_last"] = torch.arange(48, dtype=torch.float16).reshape(2, 3, 2, 4).to(memory_format=torch.channels_last)
    weights["parameter"] = torch.nn.Parameter(base[:4].clone())
    weights["scalar"] = torch.tensor(7)
    weights["empty"] = torch.zeros(0, 3)
    weights["step"] = base[::5]
    weights._metadata = {"": {"version": 1}}
    return {"state_dict": weights, "epoch": 3, "rate": 1e-4, "big": 2**70, "negative": -(2**40), "name": "tiny", "done": True, "nothing": None,
            "list": [1, "two", (3.0, None), {4, 5}, frozenset({6})], "long": list(range(300)), "bytes": b"\x00\xff", "size": torch.Size([1, 2]),
            "dtype": torch.float16, "device": torch.device("cpu"), "loss": numpy.float64(0.25), "count": numpy.int32(-7), "half": numpy.float16(0.5)}


def lightning():
    """As PyTorch Lightning writes: a class among the keys, settings in an object."""
    for name in ("pytorch_lightning", "pytorch_lightning.callbacks", "pytorch_lightning.callbacks.model_checkpoint"):
        sys.modules[name] = types.ModuleType(name)
    module = sys.modules["pytorch_lightning.callbacks.model_checkpoint"]
    module.ModelCheckpoint = type("ModelCheckpoint", (), {"__module__": module.__name__})
    namespace = __import__("argparse").Namespace(channels=4, name="unet")
    weights = collections.OrderedDict((f"module.conv.{part}", torch.ones(2)) for part in ("weight", "bias"))
    return {"epoch": 12, "global_step": 1000, "pytorch-lightning_version": "1.4.2", "state_dict": weights,
            "callbacks": {module.ModelCheckpoint: {"best_model_score": torch.tensor(0.5)}}, "hyper_parameters": namespace,
            "lr_schedulers": [{"milestones": collections.Counter({10: 1})}], "default": collections.defaultdict(list, {"a": [1]})}


class Scripted(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 2, 1)
        self.layers = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2).half())
        self.register_buffer("resolution", torch.tensor(224))

    def forward(self, x):
        return self.layers[0](self.conv(x))


class Runs:
    """Makes a pickle that calls something when Python reads it."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def hostile():
    import builtins
    import functools
    import importlib
    import operator
    import shutil
    import subprocess
    os.makedirs("hostile", exist_ok=True)
    calls = {"system": (os.system, "true"), "eval": (builtins.eval, "1"), "exec": (builtins.exec, "1"), "import": (builtins.__import__, "os"),
             "getattr": (builtins.getattr, "a", "upper"), "popen": (subprocess.Popen, ["true"]), "partial": (functools.partial, print),
             "import-module": (importlib.import_module, "os"), "attrgetter": (operator.attrgetter, "a"), "rmtree": (shutil.rmtree, "x"),
             "open": (builtins.open, "x"), "load": (torch.load, "x"), "hub": (torch.hub.load, "x", "y"), "module": (torch.nn.Linear, 1, 1)}
    for name, (function, *arguments) in calls.items():
        content = {"weight": torch.ones(1), "attack": Runs(function, *arguments)}
        torch.save(content, f"hostile/{name}.pt")
        torch.save(content, f"hostile/{name}-legacy.pt", _use_new_zipfile_serialization=False)


def pickles():
    content = pickled()
    for protocol in (2, 3, 4, 5):
        torch.save(content, f"zip-protocol-{protocol}.pt", pickle_protocol=protocol)
        torch.save(content, f"legacy-protocol-{protocol}.pt", pickle_protocol=protocol, _use_new_zipfile_serialization=False)
    save_file({f"state_dict.{name}": tensor.detach().clone().contiguous() for name, tensor in content["state_dict"].items()}, "pickled.safetensors")
    torch.save({name: every_type()[name] for name in ("F8_E4M3", "F8_E5M2", "U16", "U32", "U64")}, "new-types.pt")
    torch.save(lightning(), "lightning.ckpt")
    torch.jit.script(Scripted().eval()).save("scripted.pt")
    with zipfile.ZipFile("zip-protocol-2.pt") as stored, zipfile.ZipFile("deflated.pt", "w", zipfile.ZIP_DEFLATED) as deflated:
        for name in stored.namelist():
            deflated.writestr(name, stored.read(name))
    with open("big-endian.pt", "wb") as f, zipfile.ZipFile("zip-protocol-2.pt") as stored, zipfile.ZipFile(f, "w") as changed:
        for name in stored.namelist():
            changed.writestr(name, b"big" if name.endswith("byteorder") else stored.read(name))


if __name__ == "__main__":
    torch.manual_seed(0)
    save_file(every_type(), "every-type.safetensors", metadata={"format": "pt", "title": "Grüße"})
    save_file(eight_bits(), "eight-bits.safetensors")
    sharded()
    pickles()
    hostile()
