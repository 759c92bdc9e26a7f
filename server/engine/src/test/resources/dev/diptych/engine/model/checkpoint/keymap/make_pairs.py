# SPDX-License-Identifier: Apache-2.0
"""Makes pairs of files with one network's parameters in two layouts, by walking both authors' constructors side by side.
Needs torch, safetensors and transformers; run in this folder: python make_pairs.py"""
import torch
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel


class Pair:
    """Collects both layouts; every tensor has values of its own."""

    def __init__(self):
        self.left, self.right, self.count = {}, {}, 0

    def values(self, *shape):
        size = torch.Size(shape).numel()
        self.count += size
        return torch.arange(self.count - size, self.count, dtype=torch.float32).reshape(shape)

    def add(self, left, right, *shape):
        self.left[left] = self.right[right] = self.values(*shape)

    def module(self, left, right, *shape):
        self.add(f"{left}.weight", f"{right}.weight", *shape)
        self.add(f"{left}.bias", f"{right}.bias", shape[0])

    def squeezed(self, left, right, n, dims):
        weight = self.values(n, n)
        self.left[f"{left}.weight"], self.right[f"{right}.weight"] = weight.reshape(n, n, *[1] * dims), weight
        self.add(f"{left}.bias", f"{right}.bias", n)

    def fused(self, left, rights, n, width, head, dims):
        """`left` has, for each head in turn, the rows of q, k and v."""
        parts = len(rights)
        for kind, shape in (("weight", (parts * n, width)), ("bias", (parts * n,))):
            values = self.values(*shape)
            self.left[f"{left}.{kind}"] = values.reshape(*shape, *[1] * (dims if kind == "weight" else 0))
            heads = values.reshape(n // head, parts, head, *shape[1:])
            for part, right in enumerate(rights):
                self.right[f"{right}.{kind}"] = heads[:, part].reshape(n, *shape[1:]).contiguous()

    def save(self, name):
        save_file(self.left, f"{name}.left.safetensors")
        save_file(self.right, f"{name}.right.safetensors")


def unet_resnet(p, left, right, has_shortcut):
    for a, b in (("in_layers.0", "norm1"), ("in_layers.2", "conv1"), ("emb_layers.1", "time_emb_proj"), ("out_layers.0", "norm2"),
                 ("out_layers.3", "conv2")) + ((("skip_connection", "conv_shortcut"),) if has_shortcut else ()):
        p.module(f"{left}.{a}", f"{right}.{b}", 2)


def ldm_attention(p, left, right):
    p.module(f"{left}.norm", f"{right}.norm", 2)
    p.module(f"{left}.proj_in", f"{right}.proj_in", 2, 2, 1, 1)
    p.module(f"{left}.transformer_blocks.0.attn1.to_out.0", f"{right}.transformer_blocks.0.attn1.to_out.0", 2, 2)
    p.add(f"{left}.transformer_blocks.0.attn2.to_k.weight", f"{right}.transformer_blocks.0.attn2.to_k.weight", 2, 3)
    p.module(f"{left}.transformer_blocks.0.ff.net.0.proj", f"{right}.transformer_blocks.0.ff.net.0.proj", 4, 2)


def karlo_attention(p, left, right, head):
    p.module(f"{left}.norm", f"{right}.group_norm", 4)
    p.fused(f"{left}.qkv", [f"{right}.{n}" for n in ("to_q", "to_k", "to_v")], 4, 4, head, 1)
    p.fused(f"{left}.encoder_kv", [f"{right}.{n}" for n in ("add_k_proj", "add_v_proj")], 4, 3, head, 1)
    p.squeezed(f"{left}.proj_out", f"{right}.to_out.0", 4, 1)


def unet(attention, layers, with_attention, down, up, middle=True):
    """openaimodel.py and UNet2DConditionModel: `with_attention` says which levels have it, `down` and `up` make the resampling parts."""
    p, levels, at = Pair(), len(with_attention), 0
    p.module("time_embed.0", "time_embedding.linear_1", 2)
    p.module("time_embed.2", "time_embedding.linear_2", 2)
    p.module("input_blocks.0.0", "conv_in", 2)
    for level in range(levels):
        for layer in range(layers):
            at += 1
            unet_resnet(p, f"input_blocks.{at}.0", f"down_blocks.{level}.resnets.{layer}", layer == 0)
            if with_attention[level]:
                attention(p, f"input_blocks.{at}.1", f"down_blocks.{level}.attentions.{layer}")
        if level < levels - 1:
            at += 1
            down(p, f"input_blocks.{at}.0", f"down_blocks.{level}.downsamplers.0")
    blocks = ["resnets.0", "attentions.0", "resnets.1"] if middle else ["resnets.0", "resnets.1"]
    for i, block in enumerate(blocks):
        (attention if block.startswith("attentions") else lambda *a: unet_resnet(*a, False))(p, f"middle_block.{i}", f"mid_block.{block}")
    at = 0
    for block, level in enumerate(reversed(range(levels))):
        for layer in range(layers + 1):
            unet_resnet(p, f"output_blocks.{at}.0", f"up_blocks.{block}.resnets.{layer}", True)
            parts = 1
            if with_attention[level]:
                attention(p, f"output_blocks.{at}.1", f"up_blocks.{block}.attentions.{layer}")
                parts = 2
            if layer == layers and level > 0:
                up(p, f"output_blocks.{at}.{parts}", f"up_blocks.{block}.upsamplers.0")
            at += 1
    p.module("out.0", "conv_norm_out", 2)
    p.module("out.2", "conv_out", 2)
    return p


def ldm(with_attention, layers=2):
    return unet(ldm_attention, layers, with_attention, lambda p, a, b: p.module(f"{a}.op", f"{b}.conv", 2),
                lambda p, a, b: p.module(f"{a}.conv", f"{b}.conv", 2))


def karlo(with_attention, layers, middle):
    resnet = lambda p, a, b: unet_resnet(p, a, b, False)
    return unet(lambda p, a, b: karlo_attention(p, a, b, 2), layers, with_attention, resnet, resnet, middle)


def labels(p, right):
    p.module("label_emb.0.0", f"{right}.linear_1", 2)
    p.module("label_emb.0.2", f"{right}.linear_2", 2)
    return p


def vae(levels, layers):
    p = Pair()

    def resnet(left, right, has_shortcut):
        for a, b in (("norm1", "norm1"), ("conv1", "conv1"), ("norm2", "norm2"), ("conv2", "conv2")) + \
                    ((("nin_shortcut", "conv_shortcut"),) if has_shortcut else ()):
            p.module(f"{left}.{a}", f"{right}.{b}", 2)

    def middle(side):
        resnet(f"{side}.mid.block_1", f"{side}.mid_block.resnets.0", False)
        left, right = f"{side}.mid.attn_1", f"{side}.mid_block.attentions.0"
        p.module(f"{left}.norm", f"{right}.group_norm", 2)
        for a, b in (("q", "to_q"), ("k", "to_k"), ("v", "to_v"), ("proj_out", "to_out.0")):
            p.squeezed(f"{left}.{a}", f"{right}.{b}", 2, 2)
        resnet(f"{side}.mid.block_2", f"{side}.mid_block.resnets.1", False)

    p.module("encoder.conv_in", "encoder.conv_in", 2)
    for level in range(levels):
        for layer in range(layers):
            resnet(f"encoder.down.{level}.block.{layer}", f"encoder.down_blocks.{level}.resnets.{layer}", layer == 0)
        if level < levels - 1:
            p.module(f"encoder.down.{level}.downsample.conv", f"encoder.down_blocks.{level}.downsamplers.0.conv", 2)
    middle("encoder")
    middle("decoder")
    for block, level in enumerate(reversed(range(levels))):
        for layer in range(layers + 1):
            resnet(f"decoder.up.{level}.block.{layer}", f"decoder.up_blocks.{block}.resnets.{layer}", layer == 0)
        if level > 0:
            p.module(f"decoder.up.{level}.upsample.conv", f"decoder.up_blocks.{block}.upsamplers.0.conv", 2)
    for side in ("encoder", "decoder"):
        p.module(f"{side}.norm_out", f"{side}.conv_norm_out", 2)
        p.module(f"{side}.conv_out", f"{side}.conv_out", 2)
    p.module("quant_conv", "quant_conv", 2)
    p.module("post_quant_conv", "post_quant_conv", 2)
    return p


def prior():
    p = Pair()
    for a, b in (("time_embed.0", "time_embedding.linear_1"), ("time_embed.2", "time_embedding.linear_2"), ("clip_img_proj", "proj_in"),
                 ("text_emb_proj", "embedding_proj"), ("text_enc_proj", "encoder_hidden_states_proj"), ("final_ln", "norm_out"),
                 ("out_proj", "proj_to_clip_embeddings")):
        p.module(a, b, 2, 2)
    p.add("prd_emb", "prd_embedding", 1, 1, 4)
    p.add("positional_embedding", "positional_embedding", 1, 5, 4)
    for i in range(2):
        left, right = f"transformer.resblocks.{i}", f"transformer_blocks.{i}"
        p.module(f"{left}.ln_1", f"{right}.norm1", 4)
        p.module(f"{left}.ln_2", f"{right}.norm3", 4)
        p.fused(f"{left}.attn.c_qkv", [f"{right}.attn1.{n}" for n in ("to_q", "to_k", "to_v")], 4, 4, 2, 0)
        p.module(f"{left}.attn.c_proj", f"{right}.attn1.to_out.0", 4, 4)
        p.module(f"{left}.mlp.c_fc", f"{right}.ff.net.0.proj", 8, 4)
        p.module(f"{left}.mlp.c_proj", f"{right}.ff.net.2", 4, 8)
    return p


def clip():
    """The right side is what transformers makes; the left is renamed and put together as OpenAI's model.py has it."""
    sizes = {"hidden_size": 4, "intermediate_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}
    model = CLIPModel(CLIPConfig(text_config=sizes | {"vocab_size": 7, "max_position_embeddings": 5},
                                 vision_config=sizes | {"hidden_size": 6, "image_size": 4, "patch_size": 2}, projection_dim=3))
    p = Pair()
    p.right = right = {name: p.values(*tensor.shape) for name, tensor in model.state_dict().items() if not name.endswith("position_ids")}
    left = p.left

    def tower(source, target, mlp_target):
        for i in range(2):
            block, attention = f"{target}.resblocks.{i}", f"{source}.encoder.layers.{i}.self_attn"
            for kind in ("weight", "bias"):
                left[f"{block}.attn.in_proj_{kind}"] = torch.cat([right[f"{attention}.{n}_proj.{kind}"] for n in "qkv"])
                left[f"{block}.attn.out_proj.{kind}"] = right[f"{attention}.out_proj.{kind}"]
                for a, b in (("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"), ("mlp.c_fc", "mlp.fc1"), ("mlp.c_proj", "mlp.fc2")):
                    left[f"{block}.{a}.{kind}"] = right[f"{source}.encoder.layers.{i}.{b}.{kind}"]

    tower("text_model", "transformer", None)
    tower("vision_model", "visual.transformer", None)
    for a, b in (("token_embedding.weight", "text_model.embeddings.token_embedding.weight"),
                 ("positional_embedding", "text_model.embeddings.position_embedding.weight"),
                 ("ln_final.weight", "text_model.final_layer_norm.weight"), ("ln_final.bias", "text_model.final_layer_norm.bias"),
                 ("visual.class_embedding", "vision_model.embeddings.class_embedding"),
                 ("visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight"),
                 ("visual.positional_embedding", "vision_model.embeddings.position_embedding.weight"),
                 ("visual.ln_pre.weight", "vision_model.pre_layrnorm.weight"), ("visual.ln_pre.bias", "vision_model.pre_layrnorm.bias"),
                 ("visual.ln_post.weight", "vision_model.post_layernorm.weight"), ("visual.ln_post.bias", "vision_model.post_layernorm.bias"),
                 ("logit_scale", "logit_scale")):
        left[a] = right[b]
    left["text_projection"] = right["text_projection.weight"].t().contiguous()
    left["visual.proj"] = right["visual_projection.weight"].t().contiguous()
    return p


def old_attention():
    p = Pair()
    for block in ("encoder.mid_block.attentions.0", "down_blocks.1.attentions.0"):
        for a, b in (("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0"), ("group_norm", "group_norm")):
            p.module(f"{block}.{a}", f"{block}.{b}", 2)
    p.module("conv_in", "conv_in", 2)
    return p


if __name__ == "__main__":
    clip().save("clip-openai")
    ldm([True, True, False]).save("ldm-unet")
    labels(ldm([False, True, True]), "add_embedding").save("ldm-unet-xl")
    labels(ldm([True, False], layers=1), "class_embedding").save("ldm-unet-unclip")
    vae(3, 2).save("ldm-vae")
    prior().save("karlo-prior")
    karlo([False, True, True], 2, True).save("karlo-unet")
    karlo([False, False], 3, False).save("karlo-unet-upsampler")
    old_attention().save("attention-old-names")
