"""Attention-only transformer with shortformer positions: learned positions reach queries and keys alone.

Source: Hoogland et al. 2024 (arXiv 2402.02364), section 3; Wang et al. 2024 (arXiv 2410.02984).

Parameters: embed (token, width), position (position, width), unembed (width, token), unembed_bias
(token); ln_final.{weight,bias}; for each layer l blocks.l.ln.{weight,bias} (width),
blocks.l.attn.{W_Q,W_K,W_V} (head, width, head width), .{b_Q,b_K,b_V} (head, head width),
.W_O (head, head width, width), .b_O (width).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from devdash.models.fused_loss import FusedLoss, Target

EPSILON = 1e-5  # of the layer norms
PER_HEAD = ("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V")


@dataclass(frozen=True)
class Shape:
    """Sizes: layers, heads, width of the residual stream, longest context, vocabulary, width of a head.

    head_width: None for width / heads.
    """

    layers: int = 2
    heads: int = 8
    width: int = 256
    context: int = 1024
    vocabulary: int = 5000
    head_width: int | None = None

    def __post_init__(self):
        if self.head_width is None and self.width % self.heads:
            raise ValueError(
                f"Shape: width {self.width} given, expected a multiple of {self.heads} heads, or head_width"
            )

    @property
    def per_head(self) -> int:
        return self.head_width or self.width // self.heads

    @property
    def weights(self) -> int:
        """Number of weights of such a model."""
        heads = self.heads * (4 * self.width + 3) * self.per_head
        ends = (2 * self.width + 1) * self.vocabulary + self.context * self.width + 2 * self.width
        return ends + self.layers * (heads + 3 * self.width)


def initial(shape: Shape, seed: int, amplitude: float = 1.0) -> dict[str, Tensor]:
    """Random weights in which induction heads form: wide embeddings, sinusoidal positions of an amplitude."""
    generator = torch.Generator().manual_seed(seed)
    width, heads = shape.width, shape.heads

    def drawn(std: float, *sizes: int) -> Tensor:
        return torch.randn(sizes, generator=generator) * std

    params = {"embed": drawn(0.5, shape.vocabulary, width), "position": amplitude * _sinusoid(shape)}
    for layer in range(shape.layers):
        block = f"blocks.{layer}"
        params |= {f"{block}.ln.weight": torch.ones(width), f"{block}.ln.bias": torch.zeros(width)}
        for name in ("W_Q", "W_K", "W_V"):
            params[f"{block}.attn.{name}"] = drawn(width**-0.5, heads, width, shape.per_head)
            params[f"{block}.attn.b_{name[-1]}"] = torch.zeros(heads, shape.per_head)
        params[f"{block}.attn.W_O"] = drawn(0.2 * width**-0.5, heads, shape.per_head, width)
        params[f"{block}.attn.b_O"] = torch.zeros(width)
    params |= {"ln_final.weight": torch.ones(width), "ln_final.bias": torch.zeros(width)}
    params |= {"unembed": drawn(0.02, width, shape.vocabulary), "unembed_bias": torch.zeros(shape.vocabulary)}
    return params


def _sinusoid(shape: Shape) -> Tensor:
    """Positions of amplitude 1 with frequencies from 1 to π / (2 context), (position, width)."""
    pairs = shape.width // 2
    frequency = torch.logspace(0, math.log10(math.pi / (2 * shape.context)), pairs)
    angle = torch.arange(shape.context)[:, None] * frequency
    return torch.cat([angle.sin(), angle.cos()], 1)


def attend(layer: Mapping[str, Tensor], h: Tensor, position: Tensor) -> Tensor:
    """Attention-weighted values z of every head.

    layer: W_Q … b_V by name; h: normed residual stream (batch, position, width). Returns (batch,
    head, position, head width).
    """
    q, k, v = projected(h, layer, position[: h.shape[-2]])
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def projected(h: Tensor, layer: Mapping[str, Tensor], position: Tensor) -> list[Tensor]:
    """Queries, keys and values of all heads, each (batch, head, position, head width).

    One product for all three: what positions add to queries and keys is added after it.
    """
    W = torch.cat([layer["W_Q"], layer["W_K"], layer["W_V"]]).transpose(0, 1).flatten(1)
    bias = torch.cat([layer["b_Q"], layer["b_K"], layer["b_V"]])
    reach = 2 * len(layer["W_Q"]) * bias.shape[1]
    shift = F.pad(position @ W[:, :reach], (0, W.shape[1] - reach)) + bias.flatten()
    return list((h @ W + shift).unflatten(-1, bias.shape).transpose(1, 2).chunk(3, 1))


def combined(z: Tensor, layer: Mapping[str, Tensor]) -> Tensor:
    """What the heads write into the residual stream, from their values z: (batch, position, width)."""
    return F.linear(z.transpose(1, 2).flatten(2), layer["W_O"].flatten(0, 1).T, layer["b_O"])


def norm(params: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    """Layer norm of the last dimension."""
    return F.layer_norm(x, x.shape[-1:], params[f"{name}.weight"], params[f"{name}.bias"], EPSILON)


def block(params: Mapping[str, Tensor], layer: int, x: Tensor) -> Tensor:
    """The residual stream (batch, position, width) after a layer."""
    attention = attention_of(params, layer)
    z = attend(attention, norm(params, f"blocks.{layer}.ln", x), params["position"])
    return x + combined(z, attention)


def attention_of(params: Mapping[str, Tensor], layer: int) -> dict[str, Tensor]:
    """W_Q … b_O of a layer, by their short names."""
    return {name: params[f"blocks.{layer}.attn.{name}"] for name in (*PER_HEAD, "b_O")}


def layers_of(params: Mapping[str, Tensor]) -> int:
    """Number of layers."""
    return sum(name.endswith("attn.W_O") for name in params)


def logits(params: Mapping[str, Tensor], tokens: Tensor) -> Tensor:
    """Next-token logits (batch, position, token). tokens: (batch, position), integers."""
    return norm(params, "ln_final", residual(params, tokens)) @ params["unembed"] + params["unembed_bias"]


def residual(params: Mapping[str, Tensor], tokens: Tensor) -> Tensor:
    """The residual stream (batch, position, width) after the last layer."""
    x = F.embedding(tokens, params["embed"])
    for layer in range(layers_of(params)):
        x = block(params, layer, x)
    return x


def mean_loss(params: Mapping[str, Tensor], tokens: Tensor) -> Tensor:
    """Mean next-token loss (nats) to train on: on a processor the logits never leave its cache."""
    x = residual(params, tokens[:, :-1])
    labels, unembed = tokens[:, 1:].flatten(), (params["unembed"], params["unembed_bias"])
    y = norm(params, "ln_final", x).flatten(0, 1)
    if y.device.type != "cpu":
        return F.cross_entropy(y @ unembed[0] + unembed[1], labels)
    return FusedLoss.apply(y, *unembed, Target(labels), 1 / len(labels))[0]


def head(layer: int, number: int) -> dict[str, int]:
    """The component of one head: its rows of W_Q, W_K, W_V, W_O and their biases."""
    return {f"blocks.{layer}.attn.{name}": number for name in PER_HEAD}
