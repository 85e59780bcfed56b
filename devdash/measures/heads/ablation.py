"""What the loss of every token owes to a head, or to what one head reads from another.

Source: Wang et al. 2024 (arXiv 2410.02984), head and path ablations. A head's output is z W_O, its share
of what the layer writes into the residual stream; the layer's bias b_O stays. tokens: (sequence,
1 + position), [BOS] first. Effects: (sequence, position), rise in the loss of the token at
1 + position, nats, float32, in the processor's memory.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from devdash.models.fused_loss import FusedLoss
from devdash.models.transformer import attend, attention_of, block, norm
from devdash.models.transformer_chains import Passes

METHODS = ("zero", "mean", "resample")
CHUNK = 16384  # tokens in one pass

Values = list[Tensor]  # z of each layer: (sequence, head, position, head width), or 1 for sequence


@torch.no_grad()
def head_effects(
    params: Mapping[str, Tensor],
    tokens: Tensor,
    heads: Sequence[str] | None = None,
    methods: Sequence[str] = METHODS,
    seed: int = 0,
) -> dict[tuple[str, str], Tensor]:
    """(head, method) → effects of the head's ablation. heads: names such as "head 0.3"; None for all.

    The output becomes 0 ("zero"), its mean over all sequences at each position ("mean"), or the head's
    output at that position of another sequence, which the seed draws ("resample").

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=2, heads=4, width=16, context=8, vocabulary=10), seed=0)
    >>> tokens = torch.tensor([[0, 3, 1, 4, 1], [0, 2, 2, 5, 7]])
    >>> effects = head_effects(params, tokens, heads=["head 0.3"], methods=["zero", "resample"])
    >>> {key: effect.shape for key, effect in effects.items()}
    {('head 0.3', 'zero'): torch.Size([2, 4]), ('head 0.3', 'resample'): torch.Size([2, 4])}
    """
    passes = _passes(params, tokens)
    names = _names(passes)
    wanted = _chosen("heads", names if heads is None else heads, names)
    methods = _chosen("methods", methods, METHODS)
    mean = _mean_values(passes, tokens)
    zero = [torch.zeros_like(z) for z in mean]
    other = others(len(tokens), seed) if "resample" in methods else torch.arange(len(tokens))
    effects = defaultdict(list)
    for part in _parts(tokens):
        values = {"zero": zero, "mean": mean, "resample": _values(passes, tokens[other[part]])}
        _see(passes, tokens[part])
        start = _losses(passes, passes.layers, passes.residual(passes.layers))
        for name in wanted:
            layer, head = names[name]
            for method in methods:
                x = _replaced(passes, layer, head, values[method][layer][:, head])
                effects[name, method].append((_losses(passes, layer + 1, x) - start).float().cpu())
    return {key: torch.cat(parts) for key, parts in effects.items()}


@torch.no_grad()
def path_effects(params: Mapping[str, Tensor], tokens: Tensor) -> dict[tuple[str, str], Tensor]:
    """(head of layer 0, head of layer 1) → effects of cutting the path between the two.

    In the paper's words, the first head's output is removed only from the second one's input. Removed
    means mean-ablated: it becomes its mean over all sequences at each position in the stream that this
    one reader norms and reads; the others, and the stream itself, keep it.

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=2, heads=4, width=16, context=8, vocabulary=10), seed=0)
    >>> effects = path_effects(params, torch.tensor([[0, 3, 1, 4, 1], [0, 2, 2, 5, 7]]))
    >>> len(effects), effects["head 0.0", "head 1.3"].shape
    (16, torch.Size([2, 4]))
    """
    passes = _passes(params, tokens)
    if passes.layers < 2:
        raise ValueError(f"path_effects: a model of {passes.layers} layer given, expected 2 or more")
    mean, reading = _mean_values(passes, tokens), attention_of(params, 1)
    effects = defaultdict(list)
    for part in _parts(tokens):
        _see(passes, tokens[part])
        start = _losses(passes, passes.layers, passes.residual(passes.layers))
        for source in range(mean[0].shape[1]):
            x = norm(params, "blocks.1.ln", _replaced(passes, 0, source, mean[0][:, source]))
            read = attend(reading, x, params["position"])
            for reader in range(read.shape[1]):
                loss = _losses(passes, 2, _replaced(passes, 1, reader, read[:, reader]))
                effects[_name(0, source), _name(1, reader)].append((loss - start).float().cpu())
    return {key: torch.cat(parts) for key, parts in effects.items()}


def _passes(params: Mapping[str, Tensor], tokens: Tensor) -> Passes:
    context = len(params["position"])
    if tokens.ndim != 2 or not len(tokens) or not 2 <= tokens.shape[1] <= 1 + context:
        raise ValueError(
            f"ablation: tokens of shape {tuple(tokens.shape)} given, expected (sequence, 1 + position) with "
            f"one sequence or more and at most the {context} positions of the model"
        )
    return Passes(params)


def others(sequences: int, seed: int) -> Tensor:
    """For each sequence the number of another one, (sequence,); no two get the same.

    >>> others(5, seed=0)  # no sequence gets itself
    tensor([4, 0, 3, 1, 2])
    """
    if sequences < 2:
        raise ValueError(f"resample: {sequences} sequence given, expected 2 or more to take outputs from")
    order = torch.randperm(sequences, generator=torch.Generator().manual_seed(seed))
    return torch.empty_like(order).index_copy_(0, order, order.roll(1))


def _mean_values(passes: Passes, tokens: Tensor) -> Values:
    """z of each layer averaged over sequences, (1, head, position, head width)."""
    sums = [[z.double().sum(0, keepdim=True) for z in _values(passes, tokens[p])] for p in _parts(tokens)]
    dtype = passes.params["embed"].dtype
    return [(sum(layer) / len(tokens)).to(dtype) for layer in zip(*sums, strict=True)]


def _values(passes: Passes, tokens: Tensor) -> Values:
    _see(passes, tokens)
    return [passes.values(layer) for layer in range(passes.layers)]


def _see(passes: Passes, tokens: Tensor) -> None:
    passes.see(tokens.to(passes.params["embed"].device))


def _replaced(passes: Passes, layer: int, head: int, z: Tensor) -> Tensor:
    """Residual stream after a layer in which a head has other values z: (sequence, position, head width)."""
    W_O = passes.params[f"blocks.{layer}.attn.W_O"][head]
    return passes.residual(layer + 1) + (z - passes.values(layer)[:, head]) @ W_O


def _losses(passes: Passes, layer: int, x: Tensor) -> Tensor:
    """Losses (sequence, position) from the residual stream before a layer."""
    params = passes.params
    for number in range(layer, passes.layers):
        x = block(params, number, x)
    y = norm(params, "ln_final", x).flatten(0, 1)
    rows = FusedLoss.apply(y, params["unembed"], params["unembed_bias"], passes.target(), 1.0)[1]
    return rows.reshape(x.shape[:2])


def _parts(tokens: Tensor) -> Iterator[Tensor]:
    """Numbers of the sequences of one pass."""
    yield from torch.arange(len(tokens)).split(max(1, CHUNK // tokens.shape[1]))


def _names(passes: Passes) -> dict[str, tuple[int, int]]:
    """Name of a head → its layer and number."""
    heads = [len(passes.params[f"blocks.{layer}.attn.W_O"]) for layer in range(passes.layers)]
    return {_name(layer, head): (layer, head) for layer, count in enumerate(heads) for head in range(count)}


def _name(layer: int, head: int) -> str:
    return f"head {layer}.{head}"


def _chosen(argument: str, names: Sequence[str], allowed: Sequence[str]) -> Sequence[str]:
    strange = [name for name in names if name not in allowed]
    if strange:
        raise ValueError(f"head_effects: {argument} {strange} given, expected some of {', '.join(allowed)}")
    return names
