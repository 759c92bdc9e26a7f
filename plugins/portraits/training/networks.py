# SPDX-License-Identifier: Apache-2.0
"""The networks, plain PyTorch under the published parameter names: what is saved here loads there unchanged."""
import math

import torch
import torch.nn.functional as F
from torch import nn


def heads_of(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)  # (batch, heads, tokens, headDim)


# CLIP: transformers' CLIPModel

CLIP_CONFIG = {
    "architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": 128, "logit_scale_init_value": 2.6592,
    "text_config": {
        "model_type": "clip_text_model", "hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 4, "num_attention_heads": 4,
        "max_position_embeddings": 40, "projection_dim": 128, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5,
        "bos_token_id": None, "eos_token_id": None, "pad_token_id": 0, "vocab_size": None},
    "vision_config": {
        "model_type": "clip_vision_model", "hidden_size": 160, "intermediate_size": 640, "num_hidden_layers": 5, "num_attention_heads": 5,
        "image_size": 64, "patch_size": 8, "num_channels": 3, "projection_dim": 128, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5}}
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


class ClipAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads, width = c["num_attention_heads"], c["hidden_size"]
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x, causal):
        q, k, v = (heads_of(p(x), self.heads) for p in (self.q_proj, self.k_proj, self.v_proj))
        return self.out_proj(F.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1, 2).flatten(2))


class ClipMlp(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.fc1 = nn.Linear(c["hidden_size"], c["intermediate_size"])
        self.fc2 = nn.Linear(c["intermediate_size"], c["hidden_size"])

    def forward(self, x):
        x = self.fc1(x)
        return self.fc2(x * torch.sigmoid(1.702 * x))


class ClipLayer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self_attn, self.mlp = ClipAttention(c), ClipMlp(c)
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(c["hidden_size"]), nn.LayerNorm(c["hidden_size"])

    def forward(self, x, causal):
        x = x + self.self_attn(self.layer_norm1(x), causal)
        return x + self.mlp(self.layer_norm2(x))


class ClipEncoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.layers = nn.ModuleList(ClipLayer(c) for _ in range(c["num_hidden_layers"]))

    def forward(self, x, causal):
        for layer in self.layers:
            x = layer(x, causal)
        return x


class ClipTextEmbeddings(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.token_embedding = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.position_embedding = nn.Embedding(c["max_position_embeddings"], c["hidden_size"])

    def forward(self, ids):
        return self.token_embedding(ids) + self.position_embedding.weight[:ids.shape[1]]


class ClipText(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.eos = c["eos_token_id"]
        self.embeddings, self.encoder = ClipTextEmbeddings(c), ClipEncoder(c)
        self.final_layer_norm = nn.LayerNorm(c["hidden_size"])

    def forward(self, ids):
        hidden = self.final_layer_norm(self.encoder(self.embeddings(ids), True))
        end = (ids == self.eos).int().argmax(1)
        return hidden, hidden[torch.arange(len(ids), device=ids.device), end]


class ClipVisionEmbeddings(nn.Module):
    def __init__(self, c):
        super().__init__()
        width, patch = c["hidden_size"], c["patch_size"]
        self.class_embedding = nn.Parameter(torch.randn(width))
        self.patch_embedding = nn.Conv2d(c["num_channels"], width, patch, patch, bias=False)
        self.position_embedding = nn.Embedding((c["image_size"] // patch) ** 2 + 1, width)

    def forward(self, x):
        x = self.patch_embedding(x).flatten(2).transpose(1, 2)
        return torch.cat([self.class_embedding.expand(len(x), 1, -1).to(x.dtype), x], 1) + self.position_embedding.weight


class ClipVision(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embeddings, self.encoder = ClipVisionEmbeddings(c), ClipEncoder(c)
        self.pre_layrnorm, self.post_layernorm = nn.LayerNorm(c["hidden_size"]), nn.LayerNorm(c["hidden_size"])

    def forward(self, x):
        return self.post_layernorm(self.encoder(self.pre_layrnorm(self.embeddings(x)), False)[:, 0])


class Clip(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config, text, vision = config, config["text_config"], config["vision_config"]
        self.text_model, self.vision_model = ClipText(text), ClipVision(vision)
        self.text_projection = nn.Linear(text["hidden_size"], config["projection_dim"], bias=False)
        self.visual_projection = nn.Linear(vision["hidden_size"], config["projection_dim"], bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(2.6592))
        for c, model in ((text, self.text_model), (vision, self.vision_model)):
            width, layers = c["hidden_size"], c["num_hidden_layers"]
            for name, p in model.named_parameters():
                if name.endswith("_proj.weight") or name.endswith("fc2.weight"):
                    nn.init.normal_(p, std=width ** -0.5 * (1 if name[-13] in "qkv" else (2 * layers) ** -0.5))
                elif name.endswith("fc1.weight"):
                    nn.init.normal_(p, std=(2 * width) ** -0.5)
                elif "embedding" in name:
                    nn.init.normal_(p, std=0.02)
                elif name.endswith("bias"):
                    nn.init.zeros_(p)
        nn.init.normal_(self.text_projection.weight, std=text["hidden_size"] ** -0.5)
        nn.init.normal_(self.visual_projection.weight, std=vision["hidden_size"] ** -0.5)

    def image(self, pictures):
        """Embeddings of pictures, uint8 (batch, 3, 64, 64); not normalised."""
        mean, std = (torch.tensor(v, device=pictures.device)[:, None, None] * 255 for v in (CLIP_MEAN, CLIP_STD))
        return self.visual_projection(self.vision_model((pictures.float() - mean) / std))

    def text(self, ids):
        """(embeddings, hidden states after the last norm)."""
        hidden, pooled = self.text_model(ids)
        return self.text_projection(pooled), hidden


# The classifier of attributes

class Classifier(nn.Module):
    """Pictures uint8 (batch, 3, 64, 64) → logits of all attributes side by side. `fold` gives plain convolutions."""

    CHANNELS = ((3, 32, 1), (32, 48, 2), (48, 64, 1), (64, 96, 2), (96, 96, 1), (96, 128, 2), (128, 128, 1))

    def __init__(self, classes, folded=False):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, stride, 1, bias=folded) for a, b, stride in self.CHANNELS)
        self.norms = nn.ModuleList() if folded else nn.ModuleList(nn.BatchNorm2d(b) for _, b, _ in self.CHANNELS)
        self.reduce, self.hidden, self.heads = nn.Conv2d(128, 16, 1), nn.Linear(1024, 192), nn.Linear(192, classes)

    def forward(self, pictures):
        x = pictures.float() / 127.5 - 1
        x = x.to(memory_format=torch.channels_last)
        for i, conv in enumerate(self.convs):
            x = conv(x)
            x = F.relu(self.norms[i](x) if len(self.norms) else x)
        x = F.relu(self.reduce(x)).contiguous().flatten(1)
        return self.heads(F.relu(F.dropout(self.hidden(x), 0.1, self.training)))

    def fold(self):
        plain = Classifier(self.heads.out_features, True)
        plain.load_state_dict({k: v for k, v in self.state_dict().items() if not k.startswith("norms")}, strict=False)
        with torch.no_grad():
            for conv, norm, to in zip(self.convs, self.norms, plain.convs):
                gain = norm.weight / (norm.running_var + norm.eps).sqrt()
                to.weight.copy_(conv.weight * gain[:, None, None, None])
                to.bias.copy_(norm.bias - norm.running_mean * gain)
        return plain.eval()


# Parts that all the denoisers share: diffusers' names

def sinusoids(t, width):
    """[cos, sin] of the timestep, (batch, width)."""
    frequencies = torch.exp(-math.log(10000) * torch.arange(width // 2, device=t.device) / (width // 2))
    a = t.float()[:, None] * frequencies
    return torch.cat([a.cos(), a.sin()], 1)


class TimestepEmbedding(nn.Module):
    def __init__(self, width, out):
        super().__init__()
        self.linear_1, self.linear_2 = nn.Linear(width, out), nn.Linear(out, out)

    def forward(self, x):
        return self.linear_2(F.silu(self.linear_1(x)))


class ResnetBlock(nn.Module):
    def __init__(self, channels, out, time, groups, scale_shift, resample=None):
        super().__init__()
        self.scale_shift, self.resample = scale_shift, resample
        self.norm1, self.norm2 = nn.GroupNorm(groups, channels, 1e-5), nn.GroupNorm(groups, out, 1e-5)
        self.conv1, self.conv2 = nn.Conv2d(channels, out, 3, 1, 1), nn.Conv2d(out, out, 3, 1, 1)
        self.time_emb_proj = nn.Linear(time, out * (2 if scale_shift else 1))
        if channels != out:
            self.conv_shortcut = nn.Conv2d(channels, out, 1)
        nn.init.zeros_(self.conv2.weight)  # residual branches start silent, as in ADM
        nn.init.zeros_(self.conv2.bias)

    def resampled(self, x):
        if self.resample == "up":
            return F.interpolate(x, scale_factor=2.0, mode="nearest")
        return F.avg_pool2d(x, 2) if self.resample == "down" else x

    def forward(self, x, emb):
        h = self.conv1(self.resampled(F.silu(self.norm1(x))))
        x = self.resampled(x)
        e = self.time_emb_proj(F.silu(emb))[:, :, None, None]
        if self.scale_shift:
            scale, shift = e.chunk(2, 1)
            h = self.norm2(h) * (1 + scale) + shift
        else:
            h = self.norm2(h + e)
        h = self.conv2(F.silu(h))
        return (self.conv_shortcut(x) if hasattr(self, "conv_shortcut") else x) + h


class AddedKvAttention(nn.Module):
    """Self-attention whose keys and values begin with those of the context."""

    def __init__(self, channels, head, context, groups):
        super().__init__()
        self.heads = channels // head
        self.group_norm = nn.GroupNorm(groups, channels, 1e-5)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.add_k_proj, self.add_v_proj = nn.Linear(context, channels), nn.Linear(context, channels)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])
        nn.init.zeros_(self.to_out[0].weight)
        nn.init.zeros_(self.to_out[0].bias)

    def forward(self, x, context, mask):
        b, c, h, w = x.shape
        y = self.group_norm(x).flatten(2).transpose(1, 2)
        k = torch.cat([self.add_k_proj(context), self.to_k(y)], 1)
        v = torch.cat([self.add_v_proj(context), self.to_v(y)], 1)
        mask = F.pad(mask, (0, h * w), value=True)[:, None, None]
        y = F.scaled_dot_product_attention(heads_of(self.to_q(y), self.heads), heads_of(k, self.heads), heads_of(v, self.heads), attn_mask=mask)
        return x + self.to_out[0](y.transpose(1, 2).flatten(2)).transpose(1, 2).reshape(b, c, h, w)


class Level(nn.Module):
    """A block of the way down or up: residual blocks, attention after each if any, and a resampling block."""

    def __init__(self, inputs, out, time, groups, scale_shift, attention, resample):
        super().__init__()
        self.resnets = nn.ModuleList(ResnetBlock(i, out, time, groups, scale_shift) for i in inputs)
        if attention:
            self.attentions = nn.ModuleList(AddedKvAttention(out, *attention, groups) for _ in inputs)
        if resample:
            blocks = nn.ModuleList([ResnetBlock(out, out, time, groups, scale_shift, resample)])
            setattr(self, resample + "samplers", blocks)

    def layer(self, i, x, emb, context, mask):
        x = self.resnets[i](x, emb)
        return self.attentions[i](x, context, mask) if hasattr(self, "attentions") else x


class Middle(nn.Module):
    def __init__(self, width, time, groups, scale_shift, attention):
        super().__init__()
        self.resnets = nn.ModuleList(ResnetBlock(width, width, time, groups, scale_shift) for _ in range(2))
        if attention:
            self.attentions = nn.ModuleList([AddedKvAttention(width, *attention, groups)])

    def forward(self, x, emb, context, mask):
        x = self.resnets[0](x, emb)
        if hasattr(self, "attentions"):
            x = self.attentions[0](x, context, mask)
        return self.resnets[1](x, emb)


class UNet(nn.Module):
    """diffusers' UNet2DConditionModel (with attention) or UNet2DModel (without) in the classes that Karlo uses."""

    def __init__(self, inputs, outputs, widths, layers, groups, scale_shift, attention=None, attention_levels=()):
        super().__init__()
        time, n = widths[0] * 4, len(widths)
        at = lambda k: attention if k in attention_levels else None
        self.width = widths[0]
        self.conv_in = nn.Conv2d(inputs, widths[0], 3, 1, 1)
        self.time_embedding = TimestepEmbedding(widths[0], time)
        self.down_blocks, self.up_blocks = nn.ModuleList(), nn.ModuleList()
        skips, channels = [widths[0]], widths[0]
        for k, width in enumerate(widths):
            last = k == n - 1
            self.down_blocks.append(Level([channels] + [width] * (layers - 1), width, time, groups, scale_shift, at(k), None if last else "down"))
            skips += [width] * (layers + (not last))
            channels = width
        self.mid_block = Middle(channels, time, groups, scale_shift, attention)
        for k, width in reversed(list(enumerate(widths))):
            enters = [(channels if j == 0 else width) + skips.pop() for j in range(layers + 1)]
            self.up_blocks.append(Level(enters, width, time, groups, scale_shift, at(k), "up" if k else None))
            channels = width
        self.conv_norm_out = nn.GroupNorm(groups, channels, 1e-5)
        self.conv_out = nn.Conv2d(channels, outputs, 3, 1, 1)
        nn.init.zeros_(self.conv_out.weight)
        nn.init.zeros_(self.conv_out.bias)

    def forward(self, x, t, added=0.0, context=None, mask=None):
        """`added` joins the embedding of the time; context (batch, tokens, width) and its mask are for attention."""
        emb = self.time_embedding(sinusoids(t, self.width)) + added
        x = self.conv_in(x.contiguous(memory_format=torch.channels_last))
        skips = [x]
        for level in self.down_blocks:
            for i in range(len(level.resnets)):
                x = level.layer(i, x, emb, context, mask)
                skips.append(x)
            if hasattr(level, "downsamplers"):
                x = level.downsamplers[0](x, emb)
                skips.append(x)
        x = self.mid_block(x, emb, context, mask)
        for level in self.up_blocks:
            for i in range(len(level.resnets)):
                x = level.layer(i, torch.cat([x, skips.pop()], 1), emb, context, mask)
            if hasattr(level, "upsamplers"):
                x = level.upsamplers[0](x, emb)
        return self.conv_out(F.silu(self.conv_norm_out(x)))


# unCLIP's decoder: diffusers' UNet2DConditionModel and UnCLIPTextProjModel

DECODER_CONFIG = {
    "_class_name": "UNet2DConditionModel", "_diffusers_version": "0.40.0", "sample_size": 64, "in_channels": 3, "out_channels": 6,
    "block_out_channels": [32, 64, 96, 160], "layers_per_block": 1, "norm_num_groups": 16, "norm_eps": 1e-5, "act_fn": "silu",
    "down_block_types": ["ResnetDownsampleBlock2D", "ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D", "SimpleCrossAttnDownBlock2D"],
    "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
    "up_block_types": ["SimpleCrossAttnUpBlock2D", "SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D", "ResnetUpsampleBlock2D"],
    "cross_attention_dim": 96, "attention_head_dim": 32, "resnet_time_scale_shift": "scale_shift", "class_embed_type": "identity",
    "flip_sin_to_cos": True, "freq_shift": 0, "only_cross_attention": False, "center_input_sample": False}
TEXT_PROJ_CONFIG = {
    "_class_name": "UnCLIPTextProjModel", "_diffusers_version": "0.40.0", "clip_embeddings_dim": 128, "clip_extra_context_tokens": 4,
    "cross_attention_dim": 96, "time_embed_dim": 128}


class TextProj(nn.Module):
    def __init__(self, c=TEXT_PROJ_CONFIG):
        super().__init__()
        clip, cross, time = c["clip_embeddings_dim"], c["cross_attention_dim"], c["time_embed_dim"]
        self.extra = c["clip_extra_context_tokens"]
        self.learned_classifier_free_guidance_embeddings = nn.Parameter(torch.zeros(clip))
        self.embedding_proj, self.clip_image_embeddings_project_to_time_embeddings = nn.Linear(clip, time), nn.Linear(clip, time)
        self.clip_extra_context_tokens_proj = nn.Linear(clip, self.extra * cross)
        self.encoder_hidden_states_proj, self.text_encoder_hidden_states_norm = nn.Linear(clip, cross), nn.LayerNorm(cross)

    def forward(self, z, text, hidden, mask, dropped):
        """(addition to the time's embedding, context, its mask); `dropped` (batch) replaces z by the learned embedding."""
        z = torch.where(dropped[:, None], self.learned_classifier_free_guidance_embeddings, z)
        added = self.clip_image_embeddings_project_to_time_embeddings(z) + self.embedding_proj(text)
        extra = self.clip_extra_context_tokens_proj(z).unflatten(1, (-1, self.extra)).transpose(1, 2)  # the token is the fastest axis
        told = self.text_encoder_hidden_states_norm(self.encoder_hidden_states_proj(hidden))
        return added, torch.cat([extra, told.to(extra.dtype)], 1), F.pad(mask, (self.extra, 0), value=True)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        c = DECODER_CONFIG
        self.decoder = UNet(3, 6, c["block_out_channels"], 1, c["norm_num_groups"], True, (c["attention_head_dim"], c["cross_attention_dim"]), (2, 3))
        self.text_proj = TextProj()

    def forward(self, x, t, z, text, hidden, mask, dropped):
        return self.decoder(x, t, *self.text_proj(z, text, hidden, mask, dropped))


# unCLIP's prior: diffusers' PriorTransformer

PRIOR_CONFIG = {
    "_class_name": "PriorTransformer", "_diffusers_version": "0.40.0", "num_attention_heads": 4, "attention_head_dim": 32, "num_layers": 6,
    "embedding_dim": 128, "num_embeddings": 40, "additional_embeddings": 4, "dropout": 0.0, "time_embed_act_fn": "silu", "added_emb_type": "prd",
    "encoder_hid_proj_type": "linear", "clip_embed_dim": None, "time_embed_dim": None, "norm_in_type": None, "embedding_proj_norm_type": None,
    "embedding_proj_dim": None}


class PriorAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.to_q, self.to_k, self.to_v = (nn.Linear(width, width) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(width, width)])

    def forward(self, x, mask):
        q, k, v = (heads_of(p(x), self.heads) for p in (self.to_q, self.to_k, self.to_v))
        return self.to_out[0](F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2))


class Gelu(nn.Module):
    def __init__(self, width, out):
        super().__init__()
        self.proj = nn.Linear(width, out)

    def forward(self, x):
        return F.gelu(self.proj(x))


class FeedForward(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.net = nn.ModuleList([Gelu(width, 4 * width), nn.Identity(), nn.Linear(4 * width, width)])

    def forward(self, x):
        return self.net[2](self.net[0](x))


class PriorBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm3 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn1, self.ff = PriorAttention(width, heads), FeedForward(width)

    def forward(self, x, mask):
        x = x + self.attn1(self.norm1(x), mask)
        return x + self.ff(self.norm3(x))


class Prior(nn.Module):
    def __init__(self, c=PRIOR_CONFIG):
        super().__init__()
        self.width, clip = c["num_attention_heads"] * c["attention_head_dim"], c["embedding_dim"]
        width, tokens = self.width, c["num_embeddings"] + c["additional_embeddings"]
        self.time_embedding = TimestepEmbedding(width, width)
        self.proj_in, self.embedding_proj, self.encoder_hidden_states_proj = (nn.Linear(clip, width) for _ in range(3))
        self.positional_embedding = nn.Parameter(torch.randn(1, tokens, width) * 0.02)
        self.prd_embedding = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.transformer_blocks = nn.ModuleList(PriorBlock(width, c["num_attention_heads"]) for _ in range(c["num_layers"]))
        self.norm_out, self.proj_to_clip_embeddings = nn.LayerNorm(width), nn.Linear(width, clip)
        self.clip_mean, self.clip_std = (nn.Parameter(torch.zeros(1, clip) + v, requires_grad=False) for v in (0.0, 1.0))
        nn.init.zeros_(self.proj_to_clip_embeddings.weight)
        nn.init.zeros_(self.proj_to_clip_embeddings.bias)

    def forward(self, x, t, text, hidden, mask):
        """x is the noisy embedding in normalised space; returns the clean one."""
        one = lambda v: v[:, None]
        x = torch.cat([self.encoder_hidden_states_proj(hidden), one(self.embedding_proj(text)),
                       one(self.time_embedding(sinusoids(t, self.width))), one(self.proj_in(x)), self.prd_embedding.expand(len(x), -1, -1)], 1)
        x = x + self.positional_embedding
        tokens = x.shape[1]
        mask = F.pad(mask, (0, tokens - mask.shape[1]), value=True)[:, None, None] & torch.ones(tokens, tokens, dtype=torch.bool, device=x.device).tril()
        for block in self.transformer_blocks:
            x = block(x, mask)
        return self.proj_to_clip_embeddings(self.norm_out(x[:, -1]))


# unCLIP's autoregressive prior. Nobody has published one; the layout is Diptych's own.

AUTOREGRESSIVE_CONFIG = {
    "_class_name": "AutoregressivePrior", "width": 80, "depth": 4, "heads": 4, "text_width": 128, "text_length": 40, "embedding_width": 128,
    "dimensions": 48, "buckets": 32, "dot_buckets": 16}


class CausalAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x, mask, past):
        """`past` is None, or the keys and values of the tokens before."""
        q, k, v = (heads_of(part, self.heads) for part in self.qkv(x).chunk(3, -1))
        if past is not None:
            k, v = (torch.cat(pair, 2) for pair in zip(past, (k, v)))
        return self.out(F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2)), (k, v)


class AutoregressiveBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = CausalAttention(width, heads)
        self.mlp = nn.ModuleDict({"in": nn.Linear(width, 4 * width), "out": nn.Linear(4 * width, width)})

    def forward(self, x, mask, past=None):
        told, kept = self.attn(self.norm1(x), mask, past)
        x = x + told
        return x + self.mlp["out"](F.gelu(self.mlp["in"](self.norm2(x)))), kept


def nearest(values, centres):
    """Numbers of the bucket centres (…, buckets) that lie nearest to values (…)."""
    return (values[..., None] - centres).abs().argmin(-1)


class AutoregressivePrior(nn.Module):
    """Says, code after code, where a picture's embedding lies along the principal components of all pictures' embeddings.

    Tokens: the caption's states, its embedding, how well the picture is to fit it (a bucket of z_i · z_t), the codes.
    """

    def __init__(self, c=AUTOREGRESSIVE_CONFIG):
        super().__init__()
        self.width, self.text_length, self.dimensions = c["width"], c["text_length"], c["dimensions"]
        width, d, k, m = c["width"], c["dimensions"], c["buckets"], c["dot_buckets"]
        zeros = lambda *shape: nn.Parameter(torch.zeros(shape), requires_grad=False)
        table = lambda *shape: nn.Parameter(torch.randn(shape) * 0.02)
        self.pca = nn.ParameterDict({"mean": zeros(c["embedding_width"]), "components": zeros(d, c["embedding_width"])})
        self.quantiles, self.dot = zeros(d, k), nn.ParameterDict({"quantiles": zeros(m)})
        self.text_in, self.z_in = nn.Linear(c["text_width"], width), nn.Linear(c["embedding_width"], width)
        self.dot_embedding, self.code_embedding = table(m, width), table(d, k, width)
        self.position_embedding = table(c["text_length"] + 2 + d, width)
        self.blocks = nn.ModuleList(AutoregressiveBlock(width, c["heads"]) for _ in range(c["depth"]))
        self.norm_out, self.head = nn.LayerNorm(width), nn.Parameter(torch.zeros(k, width))

    def codes(self, z):
        """(batch, embedding) → (batch, dimensions), the nearest bucket along each principal component."""
        return nearest((z - self.pca["mean"]) @ self.pca["components"].T, self.quantiles)

    def embedding(self, codes):
        """What codes stand for."""
        return self.quantiles.expand(len(codes), -1, -1).gather(2, codes[..., None])[..., 0] @ self.pca["components"] + self.pca["mean"]

    def dot_token(self, dot):
        return nearest(dot, self.dot["quantiles"])

    def begin(self, text, hidden, mask, dot):
        """The tokens before the codes, and which of them may be seen. States that no caption of the batch reaches may be left out."""
        x = torch.cat([self.text_in(hidden) + self.position_embedding[:hidden.shape[1]],
                       torch.stack([self.z_in(text), self.dot_embedding[dot]], 1) + self.position_embedding[self.text_length:self.text_length + 2]], 1)
        return x, F.pad(mask, (0, 2), value=True)

    def logits(self, x):
        return F.linear(self.norm_out(x), self.head)

    def forward(self, text, hidden, mask, dot, codes):
        """Logits (batch, dimensions, buckets) of each code, given those before it."""
        x, seen = self.begin(text, hidden, mask, dot)
        own = self.code_embedding[torch.arange(self.dimensions - 1, device=x.device), codes[:, :-1]]
        x = torch.cat([x, own + self.position_embedding[self.text_length + 2:-1]], 1)
        tokens = x.shape[1]
        seen = F.pad(seen, (0, tokens - seen.shape[1]), value=True)[:, None, None] & torch.ones(tokens, tokens, dtype=torch.bool, device=x.device).tril()
        for block in self.blocks:
            x, _ = block(x, seen)
        return self.logits(x[:, -self.dimensions:])

    def sample(self, text, hidden, mask, dot, choose):
        """Codes, one after the other: `choose(logits)` takes (batch, buckets) and gives the next."""
        x, seen = self.begin(text, hidden, mask, dot)
        tokens = x.shape[1]
        now = seen[:, None, None] & torch.ones(tokens, tokens, dtype=torch.bool, device=x.device).tril()
        past, codes = [None] * len(self.blocks), []
        while True:
            for i, block in enumerate(self.blocks):
                x, past[i] = block(x, now, past[i])
            codes.append(choose(self.logits(x[:, -1])))
            d = len(codes)
            if d == self.dimensions:
                return torch.stack(codes, 1)
            x = (self.code_embedding[d - 1, codes[-1]] + self.position_embedding[self.text_length + 1 + d])[:, None]
            seen = F.pad(seen, (0, 1), value=True)
            now = seen[:, None, None]


# Super-resolution: diffusers' UNet2DModel

SUPER_RES_CONFIG = {
    "_class_name": "UNet2DModel", "_diffusers_version": "0.40.0", "sample_size": 256, "in_channels": 6, "out_channels": 3,
    "block_out_channels": [16, 32, 48], "layers_per_block": 1, "norm_num_groups": 8, "norm_eps": 1e-5, "act_fn": "silu", "add_attention": False,
    "down_block_types": ["ResnetDownsampleBlock2D"] * 3, "up_block_types": ["ResnetUpsampleBlock2D"] * 3,
    "resnet_time_scale_shift": "default", "time_embedding_type": "positional", "flip_sin_to_cos": True, "freq_shift": 0,
    "downsample_padding": 1, "mid_block_scale_factor": 1, "center_input_sample": False, "attention_head_dim": 8}


def super_res():
    c = SUPER_RES_CONFIG
    return UNet(c["in_channels"], c["out_channels"], c["block_out_channels"], c["layers_per_block"], c["norm_num_groups"], False)


# The upsampler to 1024 px: guided-diffusion's SuperResModel, without attention, and told the noise on what it enlarges as DeepFloyd IF's descendant of it

UPSAMPLER_CONFIG = {
    "_class_name": "SuperResModel", "image_size": 1024, "small_size": 256, "in_channels": 3, "model_channels": 8, "out_channels": 3, "num_res_blocks": 2,
    "channel_mult": [1, 1, 2, 2, 4, 4], "attention_resolutions": [], "middle_attention": False, "num_groups": 1, "use_scale_shift_norm": True,
    "resblock_updown": True, "noise_schedule": "linear", "diffusion_steps": 1000, "learn_sigma": False, "predict_xstart": True, "rescale_timesteps": False,
    "aug_schedule": "linear"}


class AdmResBlock(nn.Module):
    def __init__(self, channels, out, time, groups, resample=None):
        super().__init__()
        self.resample = resample
        self.in_layers = nn.Sequential(nn.GroupNorm(groups, channels), nn.SiLU(), nn.Conv2d(channels, out, 3, 1, 1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(time, 2 * out))
        self.out_layers = nn.Sequential(nn.GroupNorm(groups, out), nn.SiLU(), nn.Identity(), nn.Conv2d(out, out, 3, 1, 1))  # in the middle, dropout
        if channels != out:
            self.skip_connection = nn.Conv2d(channels, out, 1)
        nn.init.zeros_(self.out_layers[3].weight)
        nn.init.zeros_(self.out_layers[3].bias)

    def resampled(self, x):
        if self.resample == "up":
            return F.interpolate(x, scale_factor=2.0, mode="nearest")
        return F.avg_pool2d(x, 2) if self.resample == "down" else x

    def forward(self, x, emb):
        h = self.in_layers[2](self.resampled(self.in_layers[:2](x)))
        x = self.resampled(x)
        scale, shift = self.emb_layers(emb)[:, :, None, None].chunk(2, 1)
        h = self.out_layers[1:](self.out_layers[0](h) * (1 + scale) + shift)
        return (self.skip_connection(x) if hasattr(self, "skip_connection") else x) + h


class SuperRes(nn.Module):
    """Noisy pictures (batch, 3, h, w), sides multiples of 32, and small ones of any size."""

    def __init__(self, c=UPSAMPLER_CONFIG):
        super().__init__()
        self.config, groups = c, c["num_groups"]
        widths, time = [c["model_channels"] * m for m in c["channel_mult"]], 4 * c["model_channels"]
        block = lambda a, b, resample=None: AdmResBlock(a, b, time, groups, resample)
        told = lambda: nn.Sequential(nn.Linear(c["model_channels"], time), nn.SiLU(), nn.Linear(time, time))
        self.time_embed, self.aug_proj = told(), told()
        self.input_blocks, self.output_blocks = nn.ModuleList([nn.ModuleList([nn.Conv2d(2 * c["in_channels"], widths[0], 3, 1, 1)])]), nn.ModuleList()
        skips = [widths[0]]
        for k, width in enumerate(widths):
            for _ in range(c["num_res_blocks"]):
                self.input_blocks.append(nn.ModuleList([block(skips[-1], width)]))
                skips.append(width)
            if k < len(widths) - 1:
                self.input_blocks.append(nn.ModuleList([block(width, width, "down")]))
                skips.append(width)
        self.middle_block = nn.ModuleList([block(width, width), block(width, width)])
        for k, width in reversed(list(enumerate(widths))):
            for i in range(c["num_res_blocks"] + 1):
                enters = (self.output_blocks[-1][0].out_layers[3].out_channels if self.output_blocks else width) + skips.pop()
                ends = [block(width, width, "up")] if k and i == c["num_res_blocks"] else []
                self.output_blocks.append(nn.ModuleList([block(enters, width), *ends]))
        self.out = nn.Sequential(nn.GroupNorm(groups, width), nn.SiLU(), nn.Conv2d(width, c["out_channels"], 3, 1, 1))
        nn.init.zeros_(self.out[2].weight)
        nn.init.zeros_(self.out[2].bias)

    def forward(self, x, t, low_res, aug_steps):
        """`aug_steps` (batch): the timestep whose noise lies on `low_res`."""
        width = self.config["model_channels"]
        emb = self.time_embed(sinusoids(t, width)) + self.aug_proj(sinusoids(aug_steps, width))
        h = torch.cat([x, F.interpolate(low_res, x.shape[2:], mode="bilinear")], 1).contiguous(memory_format=torch.channels_last)
        skips = []
        for (first, *rest) in self.input_blocks:
            h = first(h) if isinstance(first, nn.Conv2d) else first(h, emb)
            skips.append(h)
        for layer in self.middle_block:
            h = layer(h, emb)
        for layers in self.output_blocks:
            h = torch.cat([h, skips.pop()], 1)
            for layer in layers:
                h = layer(h, emb)
        return self.out(h)
