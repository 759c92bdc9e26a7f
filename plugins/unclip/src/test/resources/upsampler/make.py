# SPDX-License-Identifier: Apache-2.0
"""Makes the tiny upsampler, of random weights, and what the recipe's own network and sampler make of a picture.

    PYTHONPATH=../../../../../portraits/training python make.py
"""
import os

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

import networks
import training
import upsampler

HERE = os.path.dirname(os.path.abspath(__file__))
CONFIG = {**networks.UPSAMPLER_CONFIG, "image_size": 64, "small_size": 16, "model_channels": 4, "channel_mult": [1, 1, 2, 2], "num_res_blocks": 1, "num_groups": 2}
SEED, LEVEL = 77, 150


def picture():
    """(1, 3, 9, 13), as the test draws it."""
    y, x = torch.meshgrid(torch.arange(9), torch.arange(13), indexing="ij")
    return torch.stack([x * 19 % 256, y * 28 % 256, (x + y) * 12 % 256])[None].float() / 127.5 - 1


@torch.no_grad()
def main():
    torch.manual_seed(5)
    net = networks.SuperRes(CONFIG)
    for name, p in net.named_parameters():
        if p.ndim > 1:
            p.normal_(std=(0.5 if name.startswith("out") else 1) * p[0].numel() ** -0.5)
        elif name.endswith("weight"):
            p.uniform_(0.5, 1.5)
        else:
            p.normal_(std=0.1)
    training.export(net.state_dict(), os.path.join(HERE, "model/model.safetensors"), {"format": "pt"})
    training.write_json(os.path.join(HERE, "model/config.json"), CONFIG)
    net.load_state_dict({k: v.half().float() for k, v in net.state_dict().items()})
    low = F.pad(picture(), (0, 1, 0, 1), mode="replicate")  # eight rows of the large picture make one of its smallest
    made = upsampler.upsample(net.eval(), low, torch.Generator().manual_seed(SEED), LEVEL)
    save_file({"image": ((made.clamp(-1, 1) + 1) / 2)[:, :, :36, :52].contiguous()}, os.path.join(HERE, "outputs.safetensors"))
    print(made.std(), sum(p.numel() for p in net.parameters()))


if __name__ == "__main__":
    main()
