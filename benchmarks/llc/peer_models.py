"""What devinterp is given: twins of devdash's models as torch modules, and losses of token rows.

Imported in devinterp's environment and by the tests; needs torch alone.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Attention(nn.Module):
    """Causal attention with fused projections; positions go to queries and keys only."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query_key = nn.Linear(width, 2 * width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, h: Tensor, position: Tensor) -> Tensor:
        """h: (batch, position, width)."""
        query, key = self.query_key(h + position).chunk(2, -1)
        split = [t.unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in (query, key, self.value(h))]
        mixed = F.scaled_dot_product_attention(*split, is_causal=True)
        return self.out(mixed.transpose(1, 2).flatten(-2))


class Block(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.ln, self.attn = nn.LayerNorm(width), Attention(width, heads)

    def forward(self, x: Tensor, position: Tensor) -> Tensor:
        return x + self.attn(self.ln(x), position)


class Transformer(nn.Module):
    """Twin of devdash.models.transformer."""

    def __init__(self, layers: int, heads: int, width: int, context: int, vocabulary: int):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.position = nn.Parameter(torch.zeros(context, width))
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.ln_final, self.unembed = nn.LayerNorm(width), nn.Linear(width, vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        """tokens: (batch, position). Returns logits (batch, position, vocabulary)."""
        x, position = self.embed(tokens), self.position[: tokens.shape[-1]]
        for block in self.blocks:
            x = block(x, position)
        return self.unembed(self.ln_final(x))


def transformer_layout(ours: dict[str, Tensor], layers: int) -> dict[str, Tensor]:
    """devdash's tensors (weights or masks of them) under the twin's names and shapes."""
    twin = {"embed.weight": ours["embed"], "position": ours["position"]}
    for layer in range(layers):
        block, attn = f"blocks.{layer}.", f"blocks.{layer}.attn."
        rows = {kind: ours[f"{attn}W_{kind}"].transpose(1, 2).flatten(0, 1) for kind in "QKV"}
        bias = {kind: ours[f"{attn}b_{kind}"].flatten() for kind in "QKV"}
        twin |= {f"{block}ln.{part}": ours[f"{block}ln.{part}"] for part in ("weight", "bias")}
        twin[f"{attn}query_key.weight"] = torch.cat([rows["Q"], rows["K"]])
        twin[f"{attn}query_key.bias"] = torch.cat([bias["Q"], bias["K"]])
        twin |= {f"{attn}value.weight": rows["V"], f"{attn}value.bias": bias["V"]}
        twin[f"{attn}out.weight"] = ours[f"{attn}W_O"].flatten(0, 1).T.contiguous()
        twin[f"{attn}out.bias"] = ours[f"{attn}b_O"]
    twin |= {f"ln_final.{part}": ours[f"ln_final.{part}"] for part in ("weight", "bias")}
    return twin | {"unembed.weight": ours["unembed"].T.contiguous(), "unembed.bias": ours["unembed_bias"]}


def next_token(model: nn.Module, tokens: Tensor) -> Tensor:
    """Cross-entropy (batch, position − 1), nats."""
    logits = model(tokens[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), reduction="none").view(
        len(tokens), -1
    )


def multilayer(weights: dict[str, Tensor], tanh: bool) -> nn.Sequential:
    """W1, b1, W2 … as linear layers, with tanh between them or nothing. Biases where there are any."""
    layers = []
    for number in range(1, sum(name.startswith("W") for name in weights) + 1):
        W, b = weights[f"W{number}"], weights.get(f"b{number}")
        layers += [nn.Linear(W.shape[1], W.shape[0], bias=b is not None), *([nn.Tanh()] if tanh else [])]
        layers[-1 - tanh].weight.data.copy_(W)
        if b is not None:
            layers[-1 - tanh].bias.data.copy_(b)
    return nn.Sequential(*(layers[:-1] if tanh else layers))


def regression(data: dict[str, Tensor]):
    """Row numbers as input_ids of length 2 (devinterp's way to a regression), and the loss of rows."""
    x, y = data["x"], data["y"]
    rows = torch.arange(len(x))[:, None].expand(-1, 2)

    def squared_error(model: nn.Module, input_ids: Tensor) -> Tensor:
        row = input_ids[:, 0]
        return (model(x[row]) - y[row]).square().sum(-1, keepdim=True)

    return rows, squared_error


class Gaussian(nn.Module):
    """½ Σ h w² as a module whose only parameters are w."""

    def __init__(self, h: Tensor):
        super().__init__()
        self.w = nn.Parameter(torch.zeros_like(h))
        self.register_buffer("h", h)

    def forward(self, input_ids: Tensor) -> Tensor:
        """The loss, which no row changes, once for each: (batch, 1)."""
        return ((self.h * self.w.square()).sum() / 2).expand(len(input_ids), 1)


def gaussian_loss(model: Gaussian, input_ids: Tensor) -> Tensor:
    """Loss of every row, (batch, 1)."""
    return model(input_ids)


def sizes(shape: dict) -> dict[str, int]:
    """The sizes that the twins know, of those that devdash writes down for a shape."""
    if shape.get("head_width") not in (None, shape["width"] // shape["heads"]):
        raise ValueError(f"peer: head_width {shape['head_width']} given, expected width / heads")
    return {name: shape[name] for name in ("layers", "heads", "width", "context", "vocabulary")}


def hooked_layout(ours: dict[str, Tensor]) -> dict[str, Tensor]:
    """devdash's tensors under the names of TransformerLens, which shapes them alike."""
    names = {"embed": "embed.W_E", "position": "pos_embed.W_pos"}
    names |= {"unembed": "unembed.W_U", "unembed_bias": "unembed.b_U"}
    last = {"weight": "w", "bias": "b"}

    def renamed(name: str) -> str:
        front, _, end = name.rpartition(".")
        return f"{front.replace('.ln', '.ln1')}.{last[end]}" if end in last else names.get(name, name)

    return {renamed(name): tensor for name, tensor in ours.items()}


def hooked_model(layers: int, heads: int, width: int, context: int, vocabulary: int):
    """The class that devinterp names for language models, with the papers' shortformer positions."""
    from transformer_lens import HookedTransformer, HookedTransformerConfig

    return HookedTransformer(
        HookedTransformerConfig(
            n_layers=layers,
            d_model=width,
            n_ctx=context,
            d_head=width // heads,
            n_heads=heads,
            d_vocab=vocabulary,
            attn_only=True,
            positional_embedding_type="shortformer",
            normalization_type="LN",
        )
    )
