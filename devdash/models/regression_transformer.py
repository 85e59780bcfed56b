"""A small decoder that learns linear regression in context.

Source: Hoogland et al. 2024 (arXiv 2402.02364), the second setting: pre-LayerNorm, no attention biases,
linear token embedding, learned positions, a ReLU layer in every block; 51,717 weights at its own size.

Parameters: embed (token width, width), position (position, width); for each layer l
blocks.l.{ln_1,ln_2}.{weight,bias} (width), blocks.l.attn.{W_Q,W_K,W_V} (head, width, head width), .W_O (head,
head width, width), blocks.l.mlp.{W_in,W_out} (width, width), .{b_in,b_out} (width); ln_final.{weight,bias};
unembed (width, token width), unembed_bias (token width).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

EPSILON = 1e-5  # of the layer norms


@dataclass(frozen=True)
class RegressionShape:
    """Sizes: layers, heads, width; context and token_width: 2 K tokens of D + 1 numbers."""

    layers: int = 2
    heads: int = 4
    width: int = 64
    context: int = 16
    token_width: int = 5

    def __post_init__(self):
        if self.width % self.heads:
            raise ValueError(
                f"RegressionShape: width {self.width} given, expected a multiple of {self.heads} heads"
            )

    @property
    def weights(self) -> int:
        """Number of weights of such a model."""
        block = 6 * self.width**2 + 6 * self.width
        ends = 2 * self.token_width * self.width + self.token_width + 2 * self.width
        return self.layers * block + self.context * self.width + ends


def initial(shape: RegressionShape, seed: int) -> dict[str, Tensor]:
    """Random weights: N(0, 1 / inputs) for matrices, N(0, .02) for positions."""
    generator = torch.Generator().manual_seed(seed)
    width, narrow = shape.width, shape.width // shape.heads

    def drawn(std: float, *sizes: int) -> Tensor:
        return torch.randn(sizes, generator=generator) * std

    params = {
        "embed": drawn(shape.token_width**-0.5, shape.token_width, width),
        "position": drawn(0.02, shape.context, width),
    }
    for layer in range(shape.layers):
        block = f"blocks.{layer}"
        for name in ("ln_1", "ln_2"):
            params |= _norm(f"{block}.{name}", width)
        for name in ("W_Q", "W_K", "W_V"):
            params[f"{block}.attn.{name}"] = drawn(width**-0.5, shape.heads, width, narrow)
        params[f"{block}.attn.W_O"] = drawn(width**-0.5, shape.heads, narrow, width)
        for name in ("in", "out"):
            params[f"{block}.mlp.W_{name}"] = drawn(width**-0.5, width, width)
            params[f"{block}.mlp.b_{name}"] = torch.zeros(width)
    params |= _norm("ln_final", width)
    return params | {
        "unembed": drawn(width**-0.5, width, shape.token_width),
        "unembed_bias": torch.zeros(shape.token_width),
    }


def _norm(name: str, width: int) -> dict[str, Tensor]:
    return {f"{name}.weight": torch.ones(width), f"{name}.bias": torch.zeros(width)}


def layers_of(params: Mapping[str, Tensor]) -> int:
    """Number of layers."""
    return sum(name.endswith("attn.W_O") for name in params)


def outputs(params: Mapping[str, Tensor], tokens: Tensor) -> Tensor:
    """What the model says after each token, (batch, token, token width). tokens: the same shape."""
    return _read_out(params, tokens)[0]


def attention(params: Mapping[str, Tensor], tokens: Tensor) -> list[Tensor]:
    """Attention of every layer, (batch, head, query token, key token)."""
    return _read_out(params, tokens)[1]


def predictions(params: Mapping[str, Tensor], tokens: Tensor) -> Tensor:
    """ŷ of every example, (batch, example): the first number said at its x token."""
    return outputs(params, tokens)[:, ::2, 0]


def loss(params: Mapping[str, Tensor], batch: tuple[Tensor]) -> Tensor:
    """Squared error of each sequence, mean over its examples, (batch,). batch: tokens."""
    tokens = batch[0]
    return (predictions(params, tokens) - tokens[:, 1::2, 0]).square().mean(-1)


def norm(params: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    """Layer norm of the last dimension."""
    return F.layer_norm(x, x.shape[-1:], params[f"{name}.weight"], params[f"{name}.bias"], EPSILON)


def _read_out(params: Mapping[str, Tensor], tokens: Tensor) -> tuple[Tensor, list[Tensor]]:
    x, attention = tokens @ params["embed"] + params["position"][: tokens.shape[1]], []
    for layer in range(layers_of(params)):
        block = f"blocks.{layer}"
        weights, written = _attend(params, f"{block}.attn", norm(params, f"{block}.ln_1", x))
        x = x + written
        h = norm(params, f"{block}.ln_2", x) @ params[f"{block}.mlp.W_in"] + params[f"{block}.mlp.b_in"]
        x = x + h.relu() @ params[f"{block}.mlp.W_out"] + params[f"{block}.mlp.b_out"]
        attention.append(weights)
    return norm(params, "ln_final", x) @ params["unembed"] + params["unembed_bias"], attention


def _attend(params: Mapping[str, Tensor], name: str, h: Tensor) -> tuple[Tensor, Tensor]:
    """Attention (batch, head, query, key) and what the heads write, (batch, token, width)."""
    W = torch.cat([params[f"{name}.W_{part}"] for part in "QKV"])
    narrow = W.shape[2]
    q, k, v = (h @ W.transpose(0, 1).flatten(1)).unflatten(-1, W.shape[::2]).transpose(1, 2).chunk(3, 1)
    later = torch.ones(h.shape[1], h.shape[1], dtype=torch.bool, device=h.device).triu(1)
    weights = (q @ k.mT * narrow**-0.5).masked_fill(later, -torch.inf).softmax(-1)
    z = (weights @ v).transpose(1, 2).flatten(2)
    return weights, z @ params[f"{name}.W_O"].flatten(0, 1)
