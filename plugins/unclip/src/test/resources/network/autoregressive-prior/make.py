# SPDX-License-Identifier: Apache-2.0
"""Makes this case with the recipe's own network, and the tiny model of the workflows' tests, both of random weights.

    PYTHONPATH=../../../../../../portraits/training python make.py
"""
import os

import torch
from safetensors.torch import load_file, save_file

import networks
import training

HERE = os.path.dirname(os.path.abspath(__file__))
TINY = os.path.join(HERE, "../../../../../../../server/app/src/test/resources/models/tiny")


def prior(config):
    """Far from its beginning in all parts, and with buckets in ascending order."""
    net = networks.AutoregressivePrior(config)
    with torch.no_grad():
        for name, p in net.named_parameters():
            if p.ndim > 1 and "quantiles" not in name and "components" not in name:
                p.normal_(std=1 if "head" in name or "embedding" in name else p.shape[-1] ** -0.5)
        d = config["dimensions"]
        net.pca["mean"].normal_()
        net.pca["components"].copy_(torch.linalg.qr(torch.randn(config["embedding_width"], d))[0].T)
        scale = torch.linspace(3, 1, d)[:, None]
        net.quantiles.copy_(torch.randn(net.quantiles.shape).sort(1).values * scale)
        net.dot["quantiles"].copy_(torch.randn(config["dot_buckets"]).sort().values)
    return net.eval()


@torch.no_grad()
def case():
    torch.manual_seed(11)
    config = {"_class_name": "AutoregressivePrior", "width": 16, "depth": 2, "heads": 2, "text_width": 12, "text_length": 6, "embedding_width": 10,
              "dimensions": 5, "buckets": 7, "dot_buckets": 4}
    net = prior(config)
    inputs = {"encoder_hidden_states": torch.randn(3, 6, 12), "attention_mask": (torch.arange(6) < torch.tensor([[6], [2], [4]])).long(),
              "proj_embedding": torch.randn(3, 10), "dot": torch.tensor([0, 3, 2]), "codes": torch.randint(7, (3, 5)), "embedding": torch.randn(3, 10) * 2}
    hidden, mask, text, dot, codes, z = inputs.values()
    outputs = {"logits": net(text, hidden, mask.bool(), dot, codes), "dequantized": net.embedding(codes), "quantized": net.embedding(net.codes(z))}
    save_file(net.state_dict(), os.path.join(HERE, "model/model.safetensors"))
    training.write_json(os.path.join(HERE, "model/config.json"), config)
    save_file(inputs, os.path.join(HERE, "inputs.safetensors"))
    save_file({k: v.contiguous() for k, v in outputs.items()}, os.path.join(HERE, "outputs.safetensors"))
    training.write_json(os.path.join(HERE, "case.json"), {
        "format": 1, "kind": "network", "architecture": "diptych/AutoregressivePrior", "tolerance": 1e-5, "checkpoint": "model",
        "inputs": "inputs.safetensors", "outputs": "outputs.safetensors", "made_with": {"torch": torch.__version__}})


def tiny():
    torch.manual_seed(12)
    projection = load_file(os.path.join(TINY, "unclip/text_encoder/model.safetensors"))["text_projection.weight"]
    config = {"_class_name": "AutoregressivePrior", "width": 16, "depth": 2, "heads": 2, "text_width": 24, "text_length": 16, "embedding_width": 24,
              "dimensions": 6, "buckets": 8, "dot_buckets": 4, "_embedding_space": training.embedding_space(projection)}
    folder = os.path.join(TINY, "unclip-ar")
    training.export(prior(config).state_dict(), os.path.join(folder, "model.safetensors"), {"format": "pt"})
    training.write_json(os.path.join(folder, "config.json"), config)


case()
tiny()
