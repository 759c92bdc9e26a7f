# SPDX-License-Identifier: Apache-2.0
"""Tiny random U-Nets of diffusers' classes with what they compute. Written with diffusers 0.40.0.dev0 and torch 2.13.

Weights are drawn by seed and stored as F16; the reference computes in float32 with the stored values.
Run in this folder: python3 make.py
"""
import json
import os
import shutil

import diffusers
import torch
from diffusers import UNet2DConditionModel, UNet2DModel, UNet3DConditionModel
from safetensors.torch import save_file

ADDED = ("text_embeds", "time_ids", "image_embeds")


def draw(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def case(name, cls, config, inputs):
    torch.manual_seed(0)
    model = cls(**config).eval()
    generator = torch.Generator().manual_seed(1)
    for parameter in model.parameters():
        parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.05)
    model = model.half().float()
    arguments = {key: value for key, value in inputs.items() if key not in ADDED}
    if cls is UNet2DConditionModel:
        arguments.setdefault("encoder_hidden_states", None)
        arguments["added_cond_kwargs"] = {key: value for key, value in inputs.items() if key in ADDED}
    output = model(**arguments).sample
    shutil.rmtree(name, ignore_errors=True)
    os.makedirs(name)
    model.half().save_pretrained(os.path.join(name, "model"))
    save_file(inputs, os.path.join(name, "inputs.safetensors"))
    save_file({"sample": output.contiguous()}, os.path.join(name, "outputs.safetensors"))
    with open(os.path.join(name, "case.json"), "w") as file:
        json.dump(
            {
                "format": 1,
                "kind": "network",
                "architecture": "diffusers/" + cls.__name__,
                "tolerance": 1e-4,
                "checkpoint": "model",
                "inputs": "inputs.safetensors",
                "outputs": "outputs.safetensors",
                "made_with": {"diffusers": diffusers.__version__, "torch": torch.__version__},
            },
            file,
            indent=1,
        )


MASK = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
TIMES = torch.tensor([17.0, 801.0])
LEVELS = torch.tensor([0.3, 1.7])


def text(seed=8, width=6):
    return draw(2, 5, width, seed=seed)


# Transformers; sizes that do not halve, a mask, every embedding that Stable Diffusion's kin have.
case(
    "stable-diffusion",
    UNet2DConditionModel,
    dict(
        block_out_channels=(4, 6, 8), norm_num_groups=2, layers_per_block=(1, 2, 1), cross_attention_dim=6,
        attention_head_dim=(2, 3, 4), down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"), transformer_layers_per_block=(1, 2, 1),
        time_cond_proj_dim=3, num_class_embeds=4, center_input_sample=True, only_cross_attention=(False, True, False),
        mid_block_scale_factor=1.5, norm_eps=1e-4,
    ),
    dict(
        sample=draw(2, 4, 9, 7, seed=7), timestep=TIMES, encoder_hidden_states=text(), encoder_attention_mask=MASK,
        timestep_cond=draw(2, 3, seed=9), class_labels=torch.tensor([3, 1]),
    ),
)
# Linear projections, sizes and a pooled text beside the time.
case(
    "stable-diffusion-xl",
    UNet2DConditionModel,
    dict(
        block_out_channels=(4, 8), norm_num_groups=2, layers_per_block=1, cross_attention_dim=6, attention_head_dim=(1, 2),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2), use_linear_projection=True, upcast_attention=True, addition_embed_type="text_time",
        addition_time_embed_dim=4, projection_class_embeddings_input_dim=29, conv_in_kernel=5, conv_out_kernel=1,
    ),
    dict(
        sample=draw(2, 4, 8, 6, seed=7), timestep=TIMES, encoder_hidden_states=text(), text_embeds=draw(2, 5, seed=9),
        time_ids=torch.tensor([[64.0, 32, 0, 1, 64, 32], [100, 200, 3, 4, 50, 60]]),
    ),
)
# One attention to text and picture, residual blocks that resample, scale and shift.
case(
    "karlo-decoder",
    UNet2DConditionModel,
    dict(
        in_channels=3, out_channels=6, block_out_channels=(4, 8), norm_num_groups=2, layers_per_block=1, cross_attention_dim=6,
        attention_head_dim=4, down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn", up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        resnet_time_scale_shift="scale_shift", class_embed_type="identity",
    ),
    dict(
        sample=draw(2, 3, 8, 4, seed=7), timestep=TIMES, encoder_hidden_states=text(), attention_mask=MASK,
        class_labels=draw(2, 16, seed=9),
    ),
)
# Nothing but the text is looked at; activations of the time, scaled sums, a pooled text of another width.
case(
    "deepfloyd",
    UNet2DConditionModel,
    dict(
        in_channels=3, out_channels=6, block_out_channels=(4, 8), norm_num_groups=2, layers_per_block=1, cross_attention_dim=32,
        attention_head_dim=(2, 4), down_block_types=("SimpleCrossAttnDownBlock2D", "SimpleCrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn", up_block_types=("SimpleCrossAttnUpBlock2D", "SimpleCrossAttnUpBlock2D"),
        resnet_time_scale_shift="scale_shift", class_embed_type="timestep", act_fn="gelu", encoder_hid_dim=6,
        addition_embed_type="text", addition_embed_type_num_heads=2, cross_attention_norm="group_norm", only_cross_attention=True,
        resnet_skip_time_act=True, resnet_out_scale_factor=1.4, mid_block_scale_factor=1.4, time_embedding_act_fn="gelu",
    ),
    dict(
        sample=draw(2, 3, 8, 4, seed=7), timestep=TIMES, encoder_hidden_states=text(),
        class_labels=torch.tensor([250.0, 3.0]),
    ),
)
# A picture's embedding instead of a text.
case(
    "kandinsky",
    UNet2DConditionModel,
    dict(
        block_out_channels=(4,), norm_num_groups=2, layers_per_block=1, cross_attention_dim=6, attention_head_dim=2,
        down_block_types=("SimpleCrossAttnDownBlock2D",), mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=("SimpleCrossAttnUpBlock2D",), encoder_hid_dim=5, encoder_hid_dim_type="image_proj",
        addition_embed_type="image",
    ),
    dict(
        sample=draw(2, 4, 2, 3, seed=7), timestep=TIMES, image_embeds=draw(2, 5, seed=9),
    ),
)
# Residual blocks that resample below a level of convolutions: 11 by 7 pixels become 6 by 4, and 3 by 2. A null is no.
case(
    "mixed-resampling",
    UNet2DConditionModel,
    dict(
        block_out_channels=(4, 4, 4), norm_num_groups=2, layers_per_block=1, mid_block_type=None, act_fn="SiLU", flip_sin_to_cos=None,
        down_block_types=("DownBlock2D", "ResnetDownsampleBlock2D", "DownBlock2D"),
        up_block_types=("ResnetUpsampleBlock2D", "UpBlock2D", "ResnetUpsampleBlock2D"),
    ),
    dict(sample=draw(2, 4, 11, 7, seed=7), timestep=TIMES),
)
# Norms that are told the time; Fourier features; a filter between resolutions.
case(
    "latent-upscaler",
    UNet2DConditionModel,
    dict(
        block_out_channels=(32, 32), norm_num_groups=None, layers_per_block=1, cross_attention_dim=6, attention_head_dim=16,
        down_block_types=("KDownBlock2D", "KCrossAttnDownBlock2D"), mid_block_type=None,
        up_block_types=("KCrossAttnUpBlock2D", "KUpBlock2D"), act_fn="gelu", time_embedding_type="fourier", time_embedding_dim=32,
        timestep_post_act="gelu", conv_in_kernel=1, conv_out_kernel=1,
    ),
    dict(sample=draw(2, 4, 4, 8, seed=7), timestep=LEVELS, encoder_hidden_states=text()),
)
# Attention within the picture, with a residual block between resolutions; lopsided borders.
case(
    "ddpm",
    UNet2DModel,
    dict(
        block_out_channels=(4, 8, 8), norm_num_groups=2, layers_per_block=1, attention_head_dim=None, downsample_padding=0,
        flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-6, down_block_types=("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"), upsample_type="resnet", act_fn="mish",
        class_embed_type="timestep",
    ),
    dict(sample=draw(2, 3, 8, 12, seed=7), timestep=TIMES, class_labels=torch.tensor([5.0, 90.0])),
)
# A picture that runs beside the U.
case(
    "score-sde",
    UNet2DModel,
    dict(
        block_out_channels=(8, 8, 8), norm_num_groups=None, layers_per_block=1, attention_head_dim=None, mid_block_scale_factor=1.414,
        time_embedding_type="fourier", down_block_types=("SkipDownBlock2D",) * 3, up_block_types=("SkipUpBlock2D",) * 3,
        resnet_time_scale_shift="scale_shift", norm_eps=1e-6,
    ),
    dict(sample=draw(2, 3, 8, 4, seed=7), timestep=LEVELS),
)
case(
    "text-to-video",
    UNet3DConditionModel,
    dict(
        block_out_channels=(4, 8), norm_num_groups=2, layers_per_block=1, cross_attention_dim=6, attention_head_dim=2,
        down_block_types=("CrossAttnDownBlock3D", "DownBlock3D"), up_block_types=("UpBlock3D", "CrossAttnUpBlock3D"),
    ),
    dict(sample=draw(2, 4, 3, 5, 4, seed=7), timestep=TIMES, encoder_hidden_states=text()),
)
