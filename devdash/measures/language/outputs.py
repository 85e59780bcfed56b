"""A model's outputs as one long vector, the point that moves through function space in training.

Source: Hoogland et al. 2024 (arXiv 2402.02364, v1), section on essential dynamics: the logit of the
true next token at one random position of each of many contexts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from devdash.models import transformer

CHUNK = 16_384  # tokens in one pass


@dataclass(frozen=True)
class Contexts:
    """tokens: (context, 1 + position), [BOS] first. position: (context,), of the last token that is seen.

    >>> contexts = Contexts.drawn(torch.tensor([[0, 1, 2, 3, 4], [0, 4, 3, 2, 1]]), seed=0)
    >>> contexts.tokens.shape, contexts.position
    (torch.Size([2, 5]), tensor([3, 1]))
    """

    tokens: Tensor
    position: Tensor

    @classmethod
    def drawn(cls, tokens: Tensor, seed: int) -> "Contexts":
        """With a random position in each context."""
        generator = torch.Generator().manual_seed(seed)
        return cls(tokens, torch.randint(1, tokens.shape[1] - 1, (len(tokens),), generator=generator))


@torch.no_grad()
def true_logits(params: Mapping[str, Tensor], contexts: Contexts) -> Tensor:
    """Logit of the true next token, centred over the vocabulary, at each context's position: (context,).

    Centred, since a constant added to all logits changes nothing that the model says.

    >>> from devdash.models.transformer import Shape, initial
    >>> params = initial(Shape(layers=1, heads=2, width=8, context=8, vocabulary=5), seed=0)
    >>> true_logits(params, Contexts.drawn(torch.tensor([[0, 1, 2, 3, 4]] * 3), seed=0)).shape
    torch.Size([3])
    """
    logits = contexts.position.new_zeros(len(contexts.tokens), dtype=torch.float32)
    unembed = params["unembed"] - params["unembed"].mean(1, keepdim=True)
    bias = params["unembed_bias"] - params["unembed_bias"].mean()
    for rows, length in _chunks(contexts.position):
        x = transformer.residual(params, contexts.tokens[rows, : length + 1])
        at = contexts.position[rows]
        y = transformer.norm(params, "ln_final", x[torch.arange(len(rows)), at])
        label = contexts.tokens[rows, at + 1]
        logits[rows] = (y * unembed.T[label]).sum(1) + bias[label]
    return logits


def _chunks(position: Tensor) -> Iterator[tuple[Tensor, int]]:
    """Contexts of about equal length together, with the largest position among them."""
    order, first = position.argsort(descending=True), 0
    while first < len(order):
        length = int(position[order[first]])
        rows = order[first : first + max(1, CHUNK // (length + 1))]
        yield rows, length
        first += len(rows)
