# SPDX-License-Identifier: Apache-2.0
"""Makes adapters of every kind and naming for one small model, and the differences they stand for, computed here by the formulas of their papers.
Needs torch and safetensors; run in this folder: python make_adapters.py"""
import json

import torch
from safetensors.torch import save_file

LINEAR = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
OUT = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_out.0"
CONV = "down_blocks.0.resnets.0.conv1"
POINT = "down_blocks.0.attentions.0.proj_in"
TEXT = "text_model.encoder.layers.0.self_attn.q_proj"
SHAPES = {"unet": {LINEAR: (6, 4), OUT: (6, 6), CONV: (6, 4, 3, 3), POINT: (6, 6, 1, 1), "down_blocks.0.resnets.1.conv1": (6, 6, 3, 3),
                   "down_blocks.0.downsamplers.0.conv": (6, 6, 3, 3), "down_blocks.1.resnets.0.conv1": (6, 6, 3, 3)},
          "text_encoder": {TEXT: (4, 4)}, "text_encoder_2": {TEXT: (4, 4)}}
R = 2


def r(*shape):
    return torch.randn(*shape)


def factors(shape):
    down = r(R, *shape[1:])
    up = r(shape[0], R, *[1] * (len(shape) - 2))
    return down, up, (up.flatten(1) @ down.flatten(1)).reshape(shape)


class Case:
    def __init__(self, name, metadata=None):
        self.name, self.metadata, self.file, self.deltas = name, metadata, {}, {}

    def delta(self, component, module, value):
        self.deltas[f"{component}/{module}.weight"] = value.contiguous()

    def low_rank(self, component, module, down_name, up_name, scale=1.0):
        down, up, delta = factors(SHAPES[component][module])
        self.file[down_name], self.file[up_name] = down, up
        self.delta(component, module, scale * delta)

    def save(self):
        save_file({k: v.contiguous() for k, v in self.file.items()}, f"{self.name}.safetensors", metadata=self.metadata)
        save_file(self.deltas, f"{self.name}.expected.safetensors")


def flat(name):
    return name.replace(".", "_")


def kohya():
    c = Case("kohya")
    for prefix, component, modules in (("lora_unet_", "unet", (LINEAR, OUT, CONV, POINT)), ("lora_te1_", "text_encoder", (TEXT,)), ("lora_te2_", "text_encoder_2", (TEXT,))):
        for module in modules:
            name = prefix + flat(module)
            c.low_rank(component, module, f"{name}.lora_down.weight", f"{name}.lora_up.weight", 0.5 / R)
            c.file[f"{name}.alpha"] = torch.tensor(0.5, dtype=torch.float16)
    c.save()


def kohya_ldm():
    """Latent diffusion's names, as trainers of Stable Diffusion XL write them; no alpha."""
    c = Case("kohya-ldm")
    for module, name in ((LINEAR, "input_blocks_1_1_transformer_blocks_0_attn1_to_q"), (CONV, "input_blocks_1_0_in_layers_2"), (POINT, "input_blocks_1_1_proj_in"),
                         ("down_blocks.0.downsamplers.0.conv", "input_blocks_3_0_op")):
        c.low_rank("unet", module, f"lora_unet_{name}.lora_down.weight", f"lora_unet_{name}.lora_up.weight")
    c.save()


def tucker():
    c = Case("tucker")
    name = "lora_unet_" + flat(CONV)
    down, up, mid = r(R, 4, 1, 1), r(6, R, 1, 1), r(R, R, 3, 3)
    c.file |= {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up, f"{name}.lora_mid.weight": mid, f"{name}.alpha": torch.tensor(1.0)}
    c.delta("unet", CONV, torch.einsum("mnwh,im,nj->ijwh", mid, up[:, :, 0, 0], down[:, :, 0, 0]) / R)
    c.save()


def peft():
    metadata = {"lora_adapter_metadata": json.dumps({"unet.lora_alpha": 3, "unet.r": R, "unet.alpha_pattern": {"attentions.0.proj_in": 5}, "text_encoder.lora_alpha": 4,
                                                     "text_encoder.use_rslora": True})}
    c = Case("peft", metadata)
    for component, module, scale in (("unet", LINEAR, 3 / R), ("unet", CONV, 3 / R), ("unet", POINT, 5 / R), ("text_encoder", TEXT, 4 / R**0.5)):
        c.low_rank(component, module, f"{component}.{module}.lora_A.weight", f"{component}.{module}.lora_B.weight", scale)
    c.save()


def diffusers_old():
    c = Case("diffusers-old")
    c.low_rank("unet", LINEAR, f"unet.{LINEAR[:-5]}.processor.to_q_lora.down.weight", f"unet.{LINEAR[:-5]}.processor.to_q_lora.up.weight")
    c.low_rank("unet", OUT, f"unet.{OUT[:-9]}.processor.to_out_lora.down.weight", f"unet.{OUT[:-9]}.processor.to_out_lora.up.weight")
    c.low_rank("unet", POINT, f"unet.{POINT}.lora.down.weight", f"unet.{POINT}.lora.up.weight")
    c.low_rank("text_encoder", TEXT, f"text_encoder.{TEXT}.lora_linear_layer.down.weight", f"text_encoder.{TEXT}.lora_linear_layer.up.weight")
    c.low_rank("text_encoder_2", TEXT, f"text_encoder_2.{TEXT[:-7]}.to_q_lora.down.weight", f"text_encoder_2.{TEXT[:-7]}.to_q_lora.up.weight")
    c.save()


def bare():
    """PEFT's own files and old attention processors do not say whose modules they are."""
    c = Case("bare")
    c.low_rank("unet", LINEAR, f"base_model.model.{LINEAR}.lora_A.default.weight", f"base_model.model.{LINEAR}.lora_B.default.weight")
    c.low_rank("unet", OUT, f"{OUT[:-9]}.processor.to_out_lora.down.weight", f"{OUT[:-9]}.processor.to_out_lora.up.weight")
    c.save()
    with open("bare.adapter_config.json", "w") as config:
        print(json.dumps({"r": R, "lora_alpha": R}), file=config)


def loha():
    c = Case("loha")
    for module in (LINEAR, CONV):
        name, shape = "lora_unet_" + flat(module), SHAPES["unet"][module]
        wide = torch.Size(shape[1:]).numel()
        w = {"hada_w1_a": r(shape[0], R), "hada_w1_b": r(R, wide), "hada_w2_a": r(shape[0], R), "hada_w2_b": r(R, wide)}
        c.file |= {f"{name}.{k}": v for k, v in w.items()} | {f"{name}.alpha": torch.tensor(1.0)}
        c.delta("unet", module, ((w["hada_w1_a"] @ w["hada_w1_b"]) * (w["hada_w2_a"] @ w["hada_w2_b"])).reshape(shape) / R)
    name = "lora_unet_down_blocks_1_resnets_0_conv1"
    w = {f"hada_w{i}_{s}": r(R, 6) for i in (1, 2) for s in "ab"} | {f"hada_t{i}": r(R, R, 3, 3) for i in (1, 2)}
    c.file |= {f"{name}.{k}": v for k, v in w.items()} | {f"{name}.alpha": torch.tensor(1.0)}
    one, two = (torch.einsum("ijkl,jr,ip->prkl", w[f"hada_t{i}"], w[f"hada_w{i}_b"], w[f"hada_w{i}_a"]) for i in (1, 2))
    c.delta("unet", "down_blocks.1.resnets.0.conv1", one * two / R)
    c.save()


def lokr():
    c = Case("lokr")
    a, b1, b2 = r(2, 2), r(3, R), r(R, 2)
    name = "lycoris_" + flat(LINEAR)
    c.file |= {f"{name}.lokr_w1": a, f"{name}.lokr_w2_a": b1, f"{name}.lokr_w2_b": b2, f"{name}.alpha": torch.tensor(1.0)}
    c.delta("unet", LINEAR, torch.kron(a, b1 @ b2) / R)
    name, a1, a2, b = "lora_unet_" + flat(OUT), r(3, R), r(R, 2), r(2, 3)
    c.file |= {f"{name}.lokr_w1_a": a1, f"{name}.lokr_w1_b": a2, f"{name}.lokr_w2": b, f"{name}.alpha": torch.tensor(1.0)}
    c.delta("unet", OUT, torch.kron(a1 @ a2, b) / R)
    name, a, t, b1, b2 = "lora_unet_" + flat(CONV), r(2, 2), r(R, R, 3, 3), r(R, 3), r(R, 2)
    c.file |= {f"{name}.lokr_w1": a, f"{name}.lokr_t2": t, f"{name}.lokr_w2_a": b1, f"{name}.lokr_w2_b": b2, f"{name}.alpha": torch.tensor(1.0)}
    c.delta("unet", CONV, torch.kron(a[:, :, None, None], torch.einsum("ijkl,ip,jr->prkl", t, b1, b2).contiguous()) / R)
    name, a, b = "lora_unet_down_blocks_1_resnets_0_conv1", r(2, 3), r(3, 2, 3, 3)
    c.file |= {f"{name}.lokr_w1": a, f"{name}.lokr_w2": b, f"{name}.alpha": torch.tensor(8.0)}
    c.delta("unet", "down_blocks.1.resnets.0.conv1", torch.kron(a[:, :, None, None], b))
    name, whole = "lora_unet_" + flat(POINT), r(6, 6, 1, 1)
    c.file[f"{name}.diff"] = whole
    c.delta("unet", POINT, whole)
    c.save()


def words():
    torch.save({"<cat>": r(4)}, "word.bin")
    torch.save({"string_to_token": {"*": 265}, "string_to_param": {"*": torch.nn.Parameter(r(3, 4))}, "name": "dog", "step": 100}, "word-web-ui.pt")
    save_file({"emb_params": r(2, 4)}, "word.safetensors")
    save_file({"clip_l": r(2, 4), "clip_g": r(2, 6)}, "word-xl.safetensors")


if __name__ == "__main__":
    torch.manual_seed(1)
    for make in (kohya, kohya_ldm, tucker, peft, diffusers_old, bare, loha, lokr, words):
        make()
    save_file({f"{component}/{module}.weight": torch.zeros(shape) for component, modules in SHAPES.items() for module, shape in modules.items()}, "model.safetensors")
