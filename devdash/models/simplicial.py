"""The 2-simplicial transformer, and the relational one that it extends.

Source: Clift, Doryn, Murfet, Wallbridge 2019, "Logic and the 2-Simplicial Transformer" (arXiv 1909.00668);
the relational agent is that of Zambaldi et al. 2019.

A block: v′_i = {softmax_j(q_i · k_j / √d) v_j of each head} ⊕ LayerNorm{Σ_jk A_ijk B(u_j ⊗ u_k)} with
A_i = softmax over all pairs (j, k) of ⟨p_i, l¹_j, l²_k⟩, then e′ = LayerNorm(g(v′) + e). The paper's
LayerNorm of the block's input is left out: what comes from a block is normalised already.

Parameters: for each block b, blocks.b.{W_Q,W_K,W_V} (head, width, head width), .{p,l1,l2,u} (pair head,
width, pair width), .B (pair head, pair width, pair width, pair width), .pair_ln.{weight,bias} (pair head ·
pair width), .g.W_in (width of v′, hidden), .g.W_out (hidden, width), .g.{b_in,b_out}, .ln.{weight,bias}
(width); virtual (virtual entity, width) where there are any.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from devdash.models.regression_transformer import norm

ROOT = 1e-8  # under the root of ⟨a, b, c⟩, whose gradient would not be finite at zero


@dataclass(frozen=True)
class SimplicialShape:
    """Sizes. pair_heads: of 2-simplicial attention; 0 makes the relational agent. virtual: learned entities
    from which alone 2-simplicial keys and values come; 0 takes all pairs of entities. shared: every block
    has the same weights."""

    width: int = 64
    heads: int = 2
    head_width: int = 32
    pair_heads: int = 0
    pair_width: int = 48
    virtual: int = 0
    hidden: int = 64
    blocks: int = 2
    shared: bool = True

    def __post_init__(self):
        if self.pair_heads and self.pair_width < 3:
            raise ValueError(
                f"SimplicialShape: pair_width {self.pair_width} given, expected 3 or more: in the plane "
                "⟨a, b, c⟩ depends on lengths alone"
            )
        if self.virtual and not self.pair_heads:
            raise ValueError(
                f"SimplicialShape: {self.virtual} virtual entities without a 2-simplicial head to read them"
            )

    @property
    def mixed(self) -> int:
        """Width of v′."""
        return self.heads * self.head_width + self.pair_heads * self.pair_width


PAPER_RELATIONAL = SimplicialShape()
PAPER_SIMPLICIAL = SimplicialShape(pair_heads=1, virtual=2)


def initial(shape: SimplicialShape, seed: int) -> dict[str, Tensor]:
    """Random weights: uniform on ± 1 / √inputs for matrices and B, N(0, 1) for virtual entities.

    With larger ones 2-simplicial logits, which no √d divides, begin as a softmax of one pair only.
    """
    generator = torch.Generator().manual_seed(seed)

    def drawn(inputs: int, *sizes: int) -> Tensor:
        return (2 * torch.rand(sizes, generator=generator) - 1) * inputs**-0.5

    params, wide, pair = {}, shape.width, shape.pair_width
    for block in range(1 if shape.shared else shape.blocks):
        name = f"blocks.{block}"
        for part in ("W_Q", "W_K", "W_V"):
            params[f"{name}.{part}"] = drawn(wide, shape.heads, wide, shape.head_width)
        if shape.pair_heads:
            for part in ("p", "l1", "l2", "u"):
                params[f"{name}.{part}"] = drawn(wide, shape.pair_heads, wide, pair)
            params[f"{name}.B"] = drawn(pair**2, shape.pair_heads, pair, pair, pair)
            params |= _norm(f"{name}.pair_ln", shape.pair_heads * pair)
        params[f"{name}.g.W_in"] = drawn(shape.mixed, shape.mixed, shape.hidden)
        params[f"{name}.g.b_in"] = torch.zeros(shape.hidden)
        params[f"{name}.g.W_out"] = drawn(shape.hidden, shape.hidden, wide)
        params[f"{name}.g.b_out"] = torch.zeros(wide)
        params |= _norm(f"{name}.ln", wide)
    virtual = torch.randn(shape.virtual, wide, generator=generator)
    return params | ({"virtual": virtual} if shape.virtual else {})


def _norm(name: str, width: int) -> dict[str, Tensor]:
    return {f"{name}.weight": torch.ones(width), f"{name}.bias": torch.zeros(width)}


def size(shape: SimplicialShape) -> int:
    """Number of weights of such a model, without what its inputs and outputs need."""
    return sum(tensor.numel() for tensor in initial(shape, 0).values())


def transform(
    shape: SimplicialShape,
    params: Mapping[str, Tensor],
    entities: Tensor,
    present: Tensor | None = None,
    uniform: bool = False,
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Entities after all blocks, (batch, N, width), without the virtual ones; what each block attended to.

    entities: (batch, N, width). present: (batch, N), False at empty places: those are no keys, and what is
    returned at them means nothing. uniform: 2-simplicial weights are equal over all pairs, a control.
    Attention by block: (batch, head, query, key), over N + M entities, virtual ones last; pairs by block:
    (batch, pair head, query, j, k), of N queries and M keys, or N where there are no virtual entities.
    """
    batch, count = entities.shape[:2]
    present = (
        torch.ones(batch, count, dtype=torch.bool, device=entities.device) if present is None else present
    )
    if shape.virtual:
        entities = torch.cat([entities, params["virtual"].expand(batch, -1, -1)], 1)
    allowed = _allowed(present, shape.virtual)
    attention, pairs = [], []
    for block in range(shape.blocks):
        name = f"blocks.{0 if shape.shared else block}"
        weights, mixed = _attend(params, name, entities, allowed)
        if shape.pair_heads:
            joint, simplicial = attend_pairs(shape, params, name, entities, present, uniform)
            mixed = torch.cat([mixed, norm(params, f"{name}.pair_ln", simplicial)], -1)
            pairs.append(joint)
        hidden = (mixed @ params[f"{name}.g.W_in"] + params[f"{name}.g.b_in"]).relu()
        written = hidden @ params[f"{name}.g.W_out"] + params[f"{name}.g.b_out"]
        entities = norm(params, f"{name}.ln", written + entities)
        attention.append(weights)
    return entities[:, :count], attention, pairs


def _allowed(present: Tensor, virtual: int) -> Tensor:
    """Who may attend to whom, (batch, query, key): ordinary entities to those present, virtual ones to all.

    Every entity may attend to itself, so that no softmax is over nothing.
    """
    count = present.shape[1]
    keys = F.pad(present, (0, virtual), value=True)
    allowed = keys[:, None].expand(-1, count + virtual, -1).clone()
    allowed[:, :count, count:] = False
    return allowed | torch.eye(count + virtual, dtype=torch.bool, device=present.device)


def _attend(params, name: str, entities: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor]:
    """1-simplicial attention (batch, head, query, key) and the heads' outputs, (batch, entity, …)."""
    q, k, v = (torch.einsum("bnw,hwd->bhnd", entities, params[f"{name}.W_{part}"]) for part in "QKV")
    logits = (q @ k.mT * q.shape[-1] ** -0.5).masked_fill(~allowed[:, None], -torch.inf)
    weights = logits.softmax(-1)
    return weights, (weights @ v).transpose(1, 2).flatten(2)


def attend_pairs(shape: SimplicialShape, params, name: str, entities: Tensor, present: Tensor, uniform: bool):
    """2-simplicial attention (batch, pair head, query, j, k) and the heads' outputs, (batch, entity, …).

    A virtual entity has no query of its own: in the place of an output it carries its u, as in the
    authors' published code.
    """
    p, l1, l2, u = (torch.einsum("bnw,hwd->bhnd", entities, params[f"{name}.{part}"]) for part in _LINEAR)
    count = present.shape[1]
    keys = slice(count, None) if shape.virtual else slice(None)
    logits = (triple_by_products(p[:, :, :count], l1[:, :, keys], l2[:, :, keys]) + ROOT).sqrt()
    if uniform:
        logits = torch.zeros_like(logits)
    if not shape.virtual:
        # where nobody is present the weights are those of no mask: there is no pair to choose from
        both = (present[:, :, None] & present[:, None, :]) | ~present.any(1)[:, None, None]
        logits = logits.masked_fill(~both[:, None, None], -torch.inf)
    joint = logits.flatten(-2).softmax(-1).view(logits.shape)
    others = torch.einsum("bhijk,bhke->bhije", joint, u[:, :, keys])
    products = torch.einsum("bhjd,hdef->bhjef", u[:, :, keys], params[f"{name}.B"])
    values = torch.einsum("bhije,bhjef->bhif", others, products)
    if shape.virtual:
        values = torch.cat([values, u[:, :, keys]], 2)
    return joint, values.transpose(1, 2).flatten(2)


_LINEAR = ("p", "l1", "l2", "u")


def triple_by_products(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """⟨a_i, b_j, c_k⟩² of all triples, (…, i, j, k), from scalar products alone. a: (…, i, d), b, c alike.

    (a·b)² c·c + (b·c)² a·a + (a·c)² b·b − 2 (a·b)(a·c)(b·c). With cosines x, y, z it is a multiple of
    x² + y² + z² − 2xyz ≥ (x² + y² + z²) / 3, so that rounding never makes it negative.
    """
    ab, ac, bc = (a @ b.mT)[..., :, :, None], (a @ c.mT)[..., :, None, :], (b @ c.mT)[..., None, :, :]
    aa, bb, cc = (vectors.square().sum(-1) for vectors in (a, b, c))
    aa, bb, cc = aa[..., :, None, None], bb[..., None, :, None], cc[..., None, None, :]
    return ab.square() * cc + bc.square() * aa + ac.square() * bb - 2 * ab * ac * bc


def triple_by_vector(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """Squared triple product of one triple for each place, (…,), by its definition. a: (…, d).

    ‖(a·b) c − (a·c) b + (b·c) a‖²
    """
    ab, ac, bc = ((one * other).sum(-1, keepdim=True) for one, other in ((a, b), (a, c), (b, c)))
    return (ab * c - ac * b + bc * a).square().sum(-1)


def triple_by_volume(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """Squared triple product, (…,): |a|²|b|²|c|² less the squared volume that the three span.

    The volume squared is the determinant of their Gram matrix.
    """
    vectors = torch.stack([a, b, c], -2)
    return vectors.square().sum(-1).prod(-1) - torch.linalg.det(vectors @ vectors.mT)
