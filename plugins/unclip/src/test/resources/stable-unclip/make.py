# SPDX-License-Identifier: Apache-2.0
"""Makes model/ (a Stable unCLIP in miniature, random weights, stored in half precision) and the cases beside it: what diffusers' pipelines make of it.

diffusers 0.40.0.dev0 (58eb52c080), transformers 5.18.0, torch 2.13.0, Pillow. Run in this folder, with the folder of a small unCLIP that has prior, text encoder, image encoder and tokenizer:
python3 make.py <folder>
"""
import json
import pathlib
import shutil
import sys

import numpy as np
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DDPMScheduler,
    PriorTransformer,
    StableUnCLIPImg2ImgPipeline,
    StableUnCLIPPipeline,
    UNet2DConditionModel,
)
from diffusers.pipelines.stable_diffusion.stable_unclip_image_normalizer import StableUnCLIPImageNormalizer
from PIL import Image
from safetensors.torch import save_file
from transformers import (
    AutoTokenizer,
    CLIPImageProcessor,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
)

torch.manual_seed(5)
torch.set_num_threads(1)
small = pathlib.Path(sys.argv[1])
unet = UNet2DConditionModel(
    sample_size=8, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(8, 16), norm_num_groups=4,
    down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    cross_attention_dim=24, attention_head_dim=(2, 4), use_linear_projection=True,
    class_embed_type="projection", projection_class_embeddings_input_dim=48)
vae = AutoencoderKL(
    block_out_channels=(4, 8), norm_num_groups=2, layers_per_block=1, latent_channels=4, scaling_factor=0.2,
    down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2)
normalizer = StableUnCLIPImageNormalizer(embedding_dim=24)
with torch.no_grad():
    normalizer.mean.copy_(torch.randn(1, 24) * 0.3)
    normalizer.std.copy_(torch.rand(1, 24) + 0.5)
    for network in (unet, vae):
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.mul_(1.5)
tokenizer = AutoTokenizer.from_pretrained(small / "tokenizer")
prior_encoder = CLIPTextModelWithProjection.from_pretrained(small / "text_encoder", dtype=torch.float32)
config = prior_encoder.config
encoder = CLIPTextModel(config)
prior = PriorTransformer.from_pretrained(small / "prior", torch_dtype=torch.float32)
vision = CLIPVisionModelWithProjection.from_pretrained(small / "image_encoder", dtype=torch.float32)
networks = [unet, vae, normalizer, prior_encoder, encoder, prior, vision]
with torch.no_grad():
    for network in networks:
        for parameter in network.parameters():
            parameter.copy_(parameter.half().float())

common = dict(
    unet=unet, vae=vae, image_normalizer=normalizer, text_encoder=encoder, tokenizer=tokenizer,
    image_noising_scheduler=DDPMScheduler(beta_schedule="squaredcos_cap_v2"),
    scheduler=DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="v_prediction",
        set_alpha_to_one=False, steps_offset=1))
from_image = StableUnCLIPImg2ImgPipeline(
    **common, image_encoder=vision, feature_extractor=CLIPImageProcessor.from_pretrained(small / "feature_extractor"))
from_text = StableUnCLIPPipeline(
    **common, prior=prior, prior_text_encoder=prior_encoder, prior_tokenizer=tokenizer,
    prior_scheduler=DDPMScheduler(
        variance_type="fixed_small_log", prediction_type="sample", num_train_timesteps=1000, clip_sample=True,
        clip_sample_range=5.0, beta_schedule="squaredcos_cap_v2"))

x, y = np.meshgrid(np.arange(45), np.arange(34))
picture = np.stack([x * 7 % 256, y * 5 % 256, (x + y) * 3 % 256], -1).astype(np.uint8)
cases = {
    "variation": (from_image, dict(
        prompt="a red lion with the hat", negative_prompt="blurry cat", num_inference_steps=4, guidance_scale=4.0,
        noise_level=200, eta=0.5)),
    "variations-unguided": (from_image, dict(
        num_inference_steps=3, guidance_scale=1.0, num_images_per_prompt=2, height=16, width=24)),
    "from-text": (from_text, dict(
        prompt="a red lion with the hat", num_inference_steps=4, guidance_scale=4.0, prior_num_inference_steps=3,
        prior_guidance_scale=3.0, noise_level=30)),
}
made_with = {"diffusers": "0.40.0.dev0", "transformers": "5.18.0", "torch": "2.13.0+cpu"}
for name, (pipeline, call) in cases.items():
    folder = pathlib.Path(name)
    folder.mkdir(exist_ok=True)
    takes_image = pipeline is from_image
    inputs = {"image": Image.fromarray(picture)} if takes_image else {}
    images = pipeline(**inputs, **call, output_type="np", generator=torch.Generator().manual_seed(77)).images
    print(name, images.shape, images.std())
    save_file({"images": torch.from_numpy(images).contiguous()}, folder / "outputs.safetensors")
    case = {
        "format": 1, "kind": "pipeline", "pipeline": type(pipeline).__name__, "checkpoint": "../model",
        "call": {**call, "seed": 77}, "tolerance": 0.002, "tolerance_kind": "absolute on [0,1]",
        "layout": "images (batch, height, width, 3) in [0,1]", "outputs": "outputs.safetensors", "made_with": made_with}
    if takes_image:
        save_file({"image_uint8": torch.from_numpy(picture)}, folder / "inputs.safetensors")
        case["inputs"] = "inputs.safetensors"
    (folder / "case.json").write_text(json.dumps(case, indent=1) + "\n")

for network in networks:
    torch.nn.Module.to(network, torch.float16)
shutil.rmtree("model", ignore_errors=True)
from_image.save_pretrained("model")
index = json.loads(pathlib.Path("model/model_index.json").read_text())
from_text.save_pretrained("model")
both = {**index, **json.loads(pathlib.Path("model/model_index.json").read_text())}
pathlib.Path("model/model_index.json").write_text(json.dumps(both, indent=1) + "\n")
