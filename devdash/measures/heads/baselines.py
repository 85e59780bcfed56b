"""What λ̂ of a head is compared with: trace of its Hessian, empirical Fisher and Gauss–Newton, weight norm.

Source: Wang et al. 2024 (arXiv 2410.02984), appendix on other measures. Traces are of the mean next-token
loss, over the head's weights alone, unbiased: random signs make the parts that belong to others cancel on
average. One pass serves all heads. tokens: (sequence, 1 + position), [BOS] first.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional as F

from devdash.models import transformer
from devdash.models.transformer import PER_HEAD, layers_of
from devdash.stored_names import FISHER, GAUSS_NEWTON, HESSIAN, NORM

STEP = 1e-3  # of a weight, for second derivatives by difference

Weights = Mapping[str, Tensor]


def table(params: Weights, tokens: Tensor, passes: int, seed: int) -> pd.DataFrame:
    """Rows of metric, without model and step: the four measures of every head.

    passes: parts of the tokens, each with random signs of its own; std_err: over them.

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=1, heads=2, width=8, context=8, vocabulary=5), seed=0)
    >>> rows = table(params, torch.tensor([[0, 1, 2, 3]] * 4), passes=2, seed=0)
    >>> rows["name"].unique().tolist(), len(rows)
    (['Hessian trace', 'empirical Fisher trace', 'Gauss–Newton trace', 'weight norm'], 8)
    """
    generator = torch.Generator().manual_seed(seed)
    measures = {HESSIAN: hessian, FISHER: fisher, GAUSS_NEWTON: gauss_newton}
    values = {name: [] for name in measures}
    for part in tokens.to(params["embed"].device).tensor_split(passes):
        for name, measure in measures.items():
            values[name].append(measure(params, part, generator))
    rows = [
        {"name": name, "component": head, "value": value, "std_err": error}
        for name, parts in values.items()
        for head, value, error in zip(heads(params), *_means(parts), strict=True)
    ]
    rows += [
        {"name": NORM, "component": head, "value": value, "std_err": float("nan")}
        for head, value in zip(heads(params), by_head(params, params).sqrt().tolist(), strict=True)
    ]
    return pd.DataFrame(rows).assign(distribution="")


def _means(parts: list[Tensor]) -> tuple[list[float], list[float]]:
    values = torch.stack(parts).double()
    errors = values.std(0) / len(values) ** 0.5 if len(values) > 1 else torch.full_like(values[0], np.nan)
    return values.mean(0).tolist(), errors.tolist()


def heads(params: Weights) -> list[str]:
    """Names of all heads, layer by layer.

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=1, heads=2, width=8, context=8, vocabulary=5), seed=0)
    >>> heads(params)
    ['head 0.0', 'head 0.1']
    """
    counts = [len(params[f"blocks.{layer}.attn.W_O"]) for layer in range(layers_of(params))]
    return [f"head {layer}.{number}" for layer, count in enumerate(counts) for number in range(count)]


def by_head(one: Weights, other: Weights) -> Tensor:
    """Scalar product of two sets of weights over each head's entries, (head,), float64.

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=1, heads=2, width=8, context=8, vocabulary=5), seed=0)
    >>> by_head(params, params).shape  # squared norms
    torch.Size([2])
    """
    layers = []
    for layer in range(layers_of(one)):
        names = [f"blocks.{layer}.attn.{name}" for name in PER_HEAD]
        layers.append(sum((one[name].double() * other[name].double()).flatten(1).sum(1) for name in names))
    return torch.cat(layers)


def hessian(params: Weights, tokens: Tensor, generator: torch.Generator) -> Tensor:
    """Hutchinson's estimate of the trace of each head's Hessian, (head,), from one vector of signs.

    The product with the Hessian is a central difference of gradients.

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=1, heads=2, width=8, context=8, vocabulary=5), seed=0)
    >>> hessian(params, torch.tensor([[0, 1, 2, 3]]), torch.Generator().manual_seed(0)).shape
    torch.Size([2])
    """
    moving = _moving(params)
    signs = {name: _signs(params[name], generator) for name in moving}
    ends = [
        _gradient(params | {n: params[n] + way * STEP * signs[n] for n in moving}, moving, tokens, _mean)
        for way in (1, -1)
    ]
    product = {name: (ends[0][name] - ends[1][name]) / (2 * STEP) for name in moving}
    return by_head(signs, product)


def fisher(params: Weights, tokens: Tensor, generator: torch.Generator) -> Tensor:
    """Mean over tokens of the squared gradient of each one's loss by a head's weights, (head,).

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=1, heads=2, width=8, context=8, vocabulary=5), seed=0)
    >>> bool((fisher(params, torch.tensor([[0, 1, 2, 3]]), torch.Generator().manual_seed(0)) > 0).all())
    True
    """
    return _squared(params, tokens, tokens[:, 1:], generator)


def gauss_newton(params: Weights, tokens: Tensor, generator: torch.Generator) -> Tensor:
    """Squares as in `fisher`, with tokens drawn from the model in the place of those that came, (head,).

    Their mean is the trace of the Gauss–Newton part of the Hessian, the Fisher information.

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=1, heads=2, width=8, context=8, vocabulary=5), seed=0)
    >>> gauss_newton(params, torch.tensor([[0, 1, 2, 3]]), torch.Generator().manual_seed(0)).shape
    torch.Size([2])
    """
    with torch.no_grad():
        chance = transformer.logits(params, tokens[:, :-1]).flatten(0, 1).softmax(-1)
    drawn = torch.multinomial(chance.cpu(), 1, generator=generator).view(len(tokens), -1)
    return _squared(params, tokens, drawn.to(tokens.device), generator)


def _squared(params: Weights, tokens: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    signs = _signs(labels, generator)
    gradient = _gradient(
        params, _moving(params), tokens, lambda logits, _: (_losses(logits, labels) * signs).sum()
    )
    return by_head(gradient, gradient) / labels.numel()


def _moving(params: Weights) -> list[str]:
    return [name for name in params if name.rsplit(".", 1)[-1] in PER_HEAD]


def _signs(like: Tensor, generator: torch.Generator) -> Tensor:
    """Random signs in the shape of a tensor, on its device, drawn on the processor: the same everywhere."""
    return torch.randint(0, 2, like.shape, generator=generator).mul(2).sub(1).float().to(like.device)


def _losses(logits: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").view(labels.shape)


def _mean(logits: Tensor, labels: Tensor) -> Tensor:
    return _losses(logits, labels).mean()


def _gradient(params: Weights, moving: list[str], tokens: Tensor, total: Callable) -> dict[str, Tensor]:
    """Name → gradient of total(logits, labels) by the weights that move."""
    leaves = {name: params[name].detach().clone().requires_grad_() for name in moving}
    with torch.enable_grad():
        value = total(transformer.logits({**params, **leaves}, tokens[:, :-1]), tokens[:, 1:])
    return dict(zip(moving, torch.autograd.grad(value, list(leaves.values())), strict=True))
