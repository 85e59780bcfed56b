"""What single heads attend to, and which heads read what others write: rows of the table metric.

Sources: Hoogland et al. 2024 (arXiv 2402.02364), previous-token and prefix-matching scores; Elhage et
al. 2021, "A Mathematical Framework for Transformer Circuits", composition. Random tokens come from the
unigram distribution: tokens drawn evenly are far from anything that a small model has seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import pandas as pd
import torch
from torch import Tensor

from devdash.measures.metric_rows import mean_error, metric
from devdash.models.transformer import attention_of, combined, layers_of, norm, projected
from devdash.stored_names import CHANCE, NORM, PREFIX_MATCHING, PREVIOUS_TOKEN

CHUNK = 8  # sequences in one pass: the patterns of all heads are held at once
ENERGY = 0.9


@dataclass(frozen=True)
class Probes:
    """random: (sequence, context), [BOS] and random tokens. repeated: (sequence, 1 + 2 · half), [BOS]
    and the same random tokens twice, no token twice within a half.

    >>> probes = Probes.drawn(unigram=torch.full((10,), 0.1), context=9, sequences=2, seed=0)
    >>> probes.random.shape, probes.repeated[0].tolist()
    (torch.Size([2, 9]), [0, 6, 1, 4, 8, 6, 1, 4, 8])
    """

    random: Tensor
    repeated: Tensor

    @classmethod
    def drawn(cls, unigram: Tensor, context: int, sequences: int, seed: int) -> "Probes":
        """unigram: (token,), probabilities; [BOS], token 0, is never drawn."""
        generator = torch.Generator().manual_seed(seed)
        chance = unigram.clone().index_fill_(0, torch.tensor([0]), 0.0).expand(sequences, -1)
        half = (context - 1) // 2
        if half < 2 or half > int((chance[0] > 0).sum()):
            raise ValueError(
                f"Probes: context {context} given, expected 5 or more and at most twice the number of "
                f"tokens in use, {int((chance[0] > 0).sum())}"
            )
        bos = torch.zeros(sequences, 1, dtype=torch.int64)
        free = torch.multinomial(chance, context - 1, replacement=True, generator=generator)
        once = torch.multinomial(chance, half, replacement=False, generator=generator)
        return cls(torch.cat([bos, free], 1), torch.cat([bos, once, once], 1))


@torch.no_grad()
def patterns(params: Mapping[str, Tensor], tokens: Tensor) -> list[Tensor]:
    """Attention of every layer: (sequence, head, query position, key position).

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=2, heads=4, width=16, context=8, vocabulary=10), seed=0)
    >>> first, second = patterns(params, torch.tensor([[0, 3, 1, 4, 1]]))
    >>> first.shape, first[0, 0, 0]  # the first token sees itself alone
    (torch.Size([1, 4, 5, 5]), tensor([1., 0., 0., 0., 0.]))
    """
    x = params["embed"][tokens]
    length, attention = tokens.shape[1], []
    later = torch.ones(length, length, dtype=torch.bool, device=x.device).triu(1)
    for layer in range(layers_of(params)):
        weights = attention_of(params, layer)
        h = norm(params, f"blocks.{layer}.ln", x)
        q, k, v = projected(h, weights, params["position"][:length])
        scores = (q @ k.mT / sqrt(q.shape[-1])).float().masked_fill(later, -torch.inf)
        attention.append(scores.softmax(-1).to(v.dtype))
        x = x + combined(attention[-1] @ v, weights)
    return attention


def previous_token(attention: Tensor) -> Tensor:
    """Mean attention from t to t − 1 over t ≥ 2, where t − 1 is no [BOS]: (sequence, head).

    >>> attention = torch.diag(torch.ones(4), -1)[None, None]  # (1, 1, 5, 5): every token to the one before
    >>> previous_token(attention)
    tensor([[1.]])
    """
    return attention.diagonal(-1, -2, -1)[..., 1:].mean(-1)


def prefix_matching(attention: Tensor) -> Tensor:
    """Mean attention from a repeated token to the one after its first occurrence: (sequence, head).

    attention: on [BOS] s s, (sequence, head, 1 + 2 · half, 1 + 2 · half).

    >>> attention = torch.diag(torch.ones(5), -2)[None, None]  # (1, 1, 7, 7): half = 3
    >>> prefix_matching(attention)
    tensor([[1.]])
    """
    half = attention.shape[-1] // 2
    return attention.diagonal(1 - half, -2, -1)[..., 2:].mean(-1)


def chance(length: int) -> float:
    """Prefix-matching score of even attention on sequences of this length: about 0.011 at 128.

    >>> round(chance(128), 3)
    0.011
    """
    half = length // 2
    return sum(1 / (place + 1) for place in range(half + 1, length)) / half


def attention_rows(params: Mapping[str, Tensor], probes: Probes) -> list[dict]:
    """Previous-token and prefix-matching score of every head, with what chance gives.

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=2, heads=4, width=16, context=9, vocabulary=10), seed=0)
    >>> rows = attention_rows(params, Probes.drawn(torch.full((10,), 0.1), context=9, sequences=2, seed=0))
    >>> len(rows), rows[0]["component"], round(rows[0]["value"], 2)  # 2 scores of 8 heads, and chance
    (17, 'head 0.0', 0.22)
    """
    rows = []
    for name, score, tokens in (
        (PREVIOUS_TOKEN, previous_token, probes.random),
        (PREFIX_MATCHING, prefix_matching, probes.repeated),
    ):
        parts = [
            torch.stack([score(layer) for layer in patterns(params, chunk.to(params["embed"].device))])
            for chunk in tokens.split(CHUNK)
        ]
        scores = torch.cat(parts, 1).cpu().float()  # (layer, sequence, head)
        rows += [
            metric(name, *mean_error(scores[layer, :, head]), component=f"head {layer}.{head}")
            for layer in range(len(scores))
            for head in range(scores.shape[2])
        ]
    return [*rows, metric(CHANCE, chance(probes.repeated.shape[1]))]


@torch.no_grad()
def composition_rows(params: Mapping[str, Tensor]) -> list[dict]:
    """K-, Q- and V-composition of every head of layer 0 with every head of later layers.

    ‖W_QK W_OV‖ / (‖W_QK‖ ‖W_OV‖), Frobenius norms, where W_OV is what the earlier head writes and the
    later one reads it as keys (K), queries (Q) or values (V: its W_OV in place of W_QK). The gain of
    the layer norm counts as part of the weights that read. Unrelated random heads give about 1/√width.

    >>> from devdash.models.transformer import Shape, initial
    >>> rows = composition_rows(initial(Shape(layers=2, heads=4, width=16, context=8, vocabulary=10), seed=0))
    >>> len(rows), rows[0]["component"], round(rows[0]["value"], 2)  # 3 kinds of 16 pairs; 1/√width = 0.25
    (48, 'head 0.0 → head 1.0', 0.1)
    """
    writer, rows = _weights(params, 0), []
    for layer in range(1, layers_of(params)):
        reader = _weights(params, layer)
        for kind, (reads, other) in {"K": ("K", "Q"), "Q": ("Q", "K"), "V": ("V", "O")}.items():
            values = _composition(writer["V"], writer["O"], reader[reads], reader[other])
            rows += [
                metric(f"{kind}-composition", float(value), component=f"head 0.{early} → head {layer}.{late}")
                for early, output in enumerate(values)
                for late, value in enumerate(output)
            ]
    return rows


def _weights(params: Mapping[str, Tensor], layer: int) -> dict[str, Tensor]:
    """Q, K, V with the layer norm's gain, and O transposed: each (head, width, head width), float64."""
    weights, gain = attention_of(params, layer), params[f"blocks.{layer}.ln.weight"].double()
    read = {name: gain[:, None] * weights[f"W_{name}"].double() for name in ("Q", "K", "V")}
    return read | {"O": weights["W_O"].double().mT}


def _composition(value: Tensor, out: Tensor, reads: Tensor, other: Tensor) -> Tensor:
    """‖value outᵀ reads otherᵀ‖ / (‖value outᵀ‖ ‖reads otherᵀ‖) of all pairs: (earlier head, later head).

    All (head, width, head width); widths meet in products of head width × head width alone.
    """

    def gram(a: Tensor) -> Tensor:
        return a.mT @ a

    def size(a: Tensor, b: Tensor) -> Tensor:
        return (gram(a) * gram(b)).sum((-2, -1)).clamp(min=0).sqrt()

    middle = torch.einsum("ewa,lwb->elab", out, reads)
    squared = ((gram(value)[:, None] @ middle) * (middle @ gram(other)[None])).sum((-2, -1))
    return squared.clamp(min=0).sqrt() / (size(value, out)[:, None] * size(reads, other)[None])


@torch.no_grad()
def weight_rows(params: Mapping[str, Tensor]) -> list[dict]:
    """Norm of every tensor and of all, and how many singular values hold 90 % of the positions' energy.

    >>> from devdash.models.transformer import Shape, initial
    >>> rows = weight_rows(initial(Shape(layers=2, heads=4, width=16, context=8, vocabulary=10), seed=0))
    >>> [(row["name"], round(row["value"], 2)) for row in rows[-2:]]
    [('weight norm', 15.99), ('position spectrum 90 %', 3)]
    """
    norms = {name: float(tensor.double().norm()) for name, tensor in params.items()}
    energy = torch.linalg.svdvals(params["position"].double()).square().cumsum(0)
    count = int((energy < ENERGY * energy[-1]).sum()) + 1
    return [
        *(metric(NORM, value, component=name) for name, value in norms.items()),
        metric(NORM, sum(value**2 for value in norms.values()) ** 0.5, component="all"),
        metric("position spectrum 90 %", count),
    ]


def table(params: Mapping[str, Tensor], probes: Probes) -> pd.DataFrame:
    """All rows of this file, without model and step.

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=2, heads=4, width=16, context=9, vocabulary=10), seed=0)
    >>> rows = table(params, Probes.drawn(torch.full((10,), 0.1), context=9, sequences=2, seed=0))
    >>> rows.shape, rows["name"].nunique()
    ((93, 5), 8)
    """
    return pd.DataFrame([*attention_rows(params, probes), *composition_rows(params), *weight_rows(params)])
