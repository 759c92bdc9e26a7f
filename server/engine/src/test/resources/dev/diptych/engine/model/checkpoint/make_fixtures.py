# SPDX-License-Identifier: Apache-2.0
"""Makes the checkpoints beside it. Needs torch and safetensors; run in this folder: python make_fixtures.py"""
import collections
import io
import json
import os
import struct
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


def corpora():
    """What the fuzz tests begin with: good files, and one of each kind of damage."""
    def put(test, name, content):
        folder = f"CheckpointFuzzTestInputs/{test}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/{name}", "wb") as f:
            f.write(content)

    def header(text, data=b"", length=None):
        return struct.pack("<q", len(text) if length is None else length) + text.encode() + data

    def tensor(dtype="F32", shape="[2]", offsets="[0,8]"):
        return f'{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}'

    test = "any_safetensors_header_is_true_of_its_file_or_refused"
    for name, content in {
            "good": header(f'{{"w":{tensor()}}}  ', bytes(8)), "empty": b"", "no-length": b"abc", "long": header("{}", length=2**62), "negative-length": header("{}", length=-1),
            "overlap": header(f'{{"a":{tensor()},"b":{tensor(offsets="[4,12]")}}}', bytes(12)), "hole": header(f'{{"a":{tensor(offsets="[4,12]")}}}', bytes(12)),
            "huge-shape": header(f'{{"a":{tensor(shape="[9223372036854775807,4]")}}}', bytes(8)), "negative": header(f'{{"a":{tensor(shape="[-2]")}}}', bytes(8)),
            "fraction": header(f'{{"a":{tensor(shape="[2.0]")}}}', bytes(8)), "unknown-type": header(f'{{"a":{tensor(dtype="F3")}}}', bytes(8)),
            "twice": header(f'{{"a":{tensor()},"a":{tensor()}}}', bytes(8)), "metadata": header('{"__metadata__":{"a":"b"}}'), "deep": header('{"a":' * 50 + "1" + "}" * 50),
            "truncated": header(f'{{"w":{tensor()}}}', bytes(4))}.items():
        put(test, name, content)

    test = "any_pickle_gives_tensors_within_it_or_is_refused"
    small = {"a": torch.arange(4.0).reshape(2, 2).t(), "epoch": 1}
    for name, kind in (("zip.pt", True), ("legacy.pt", False)):
        buffer = io.BytesIO()
        torch.save(small, buffer, _use_new_zipfile_serialization=kind)
        put(test, name, buffer.getvalue())
        put(test, f"truncated-{name}", buffer.getvalue()[:-20])
    for name, content in {"system": b"cos\nsystem\n(S'x'\ntR.", "itself": b"]q\x00h\x00a.", "deep": b")" + b"\x85" * 1000 + b".", "length": b"X\xff\xff\xff\xff.",
                          "extension": b"\x80\x02\x82\x01.", "nothing": b"", "mark": b"(a.", "memo": b"h\x05.", "zip": b"PK\x03\x04" + bytes(30)}.items():
        put(test, name, content)

    test = "any_index_names_files_beside_it_or_is_refused"
    for name, content in {
            "index": {"metadata": {"total_size": 8}, "weight_map": {"a": "model-00001-of-00001.safetensors"}}, "outside": {"weight_map": {"a": "../../secret"}},
            "number": {"weight_map": {"a": 1}}, "array": [], "pipeline": {"_class_name": "P", "unet": ["diffusers", "UNet2DConditionModel"], "none": [None, None], "flag": True},
            "component-outside": {"../x": ["a", "b"]}}.items():
        put(test, name + ".json", json.dumps(content).encode())
    put(test, "truncated.json", b'{"weight_map": {"a"')
    put(test, "twice.json", b'{"weight_map": {}, "weight_map": {}}')


def spaces():
    """One CLIP's projections, stored in two formats. The float32 ones are not exactly those of float16."""
    half = {"text_projection.weight": torch.randn(3, 5).half(), "visual_projection.weight": torch.randn(3, 4).half()}
    save_file(half, "space-f16.safetensors")
    save_file({name: tensor.float() * (1 + 1e-5) for name, tensor in half.items()}, "space-f32.safetensors")


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
    spaces()
    corpora()
    sharded()
    pickles()
    hostile()
