# SPDX-License-Identifier: Apache-2.0
"""Makes model/ (a Stable Diffusion in miniature, random weights) and references.safetensors, what diffusers' pipelines make of it.

diffusers 0.40.0.dev0 (58eb52c080), transformers 5.18.0, torch 2.13.0, Pillow. Run in this folder, with a folder that has a small CLIP tokenizer and text encoder:
python3 make.py <folder of any small Stable Diffusion>
"""
import sys

import numpy as np
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from PIL import Image
from safetensors.torch import save_file

torch.manual_seed(3)
torch.set_num_threads(1)
small = StableDiffusionPipeline.from_pretrained(sys.argv[1])
unet = UNet2DConditionModel(
    sample_size=4, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(8, 16), norm_num_groups=4,
    down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    cross_attention_dim=24, attention_head_dim=(2, 4), use_linear_projection=True)
vae = AutoencoderKL(
    block_out_channels=(4, 4, 8, 8), norm_num_groups=2, layers_per_block=1, latent_channels=4,
    down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4)
with torch.no_grad():
    for network, factor in ((unet, 1.5), (vae, 1.5)):
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.mul_(factor)
parts = dict(
    unet=unet, vae=vae, text_encoder=small.text_encoder, tokenizer=small.tokenizer,
    scheduler=DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="v_prediction",
        clip_sample=False, set_alpha_to_one=False, steps_offset=1),
    safety_checker=None, feature_extractor=None, requires_safety_checker=False)
StableDiffusionPipeline(**parts).save_pretrained("model")

x, y = np.meshgrid(np.arange(45), np.arange(34))
picture = Image.fromarray(np.stack([x * 7 % 256, y * 5 % 256, (x + y) * 3 % 256], -1).astype(np.uint8))
mask = Image.fromarray(np.where((x > 12) & (x < 31) & (y > 9), 255, 0).astype(np.uint8))
call = dict(prompt="a red lion with the hat", negative_prompt="blurry cat", guidance_scale=4.0, eta=0.5, output_type="np")
seed = lambda: torch.Generator().manual_seed(77)
made = {
    "text": StableDiffusionPipeline(**parts)(**call, num_inference_steps=4, height=32, width=40, generator=seed()),
    "picture": StableDiffusionImg2ImgPipeline(**parts)(
        **call, image=picture, strength=0.7, num_inference_steps=6, generator=seed()),
    "inpaint": StableDiffusionInpaintPipeline(**parts)(
        **call, image=picture, mask_image=mask, strength=0.9, num_inference_steps=4, height=32, width=40, generator=seed()),
}
for name, result in made.items():
    print(name, result.images.shape, result.images.std())
save_file({name: torch.from_numpy(result.images).contiguous() for name, result in made.items()}, "references.safetensors")
