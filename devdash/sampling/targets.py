"""Losses towards another model's outputs instead of data.

Source: Wang et al. 2024 (arXiv 2410.02984), section 4: the target variant of the refined LLC.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from devdash.sampling.components import HALF


def divergence(logits: Callable, reference: Callable) -> Callable:
    """Loss (params, batch) → KL(reference ‖ model) of each example, (example,), nats.

    logits: (params, batch) → (example, …, class); reference: batch → the same shape. The mean is
    taken over all dimensions between the first and the last.

    >>> W = torch.eye(3)
    >>> loss = divergence(lambda params, batch: batch[0] @ params["W"], lambda batch: batch[0] @ W)
    >>> loss({"W": W}, (torch.ones(5, 3),)).shape
    torch.Size([5])
    >>> float(loss({"W": W}, (torch.ones(5, 3),)).sum())
    0.0
    """

    def loss(params: Mapping[str, Tensor], batch: tuple[Tensor, ...]) -> Tensor:
        with torch.no_grad():
            target = torch.log_softmax(_wide(reference(batch)), -1)
        log_p = torch.log_softmax(_wide(logits(params, batch)), -1)
        # a class that the reference excludes counts nothing; any other NaN has to be seen
        each = torch.where(target > -torch.inf, target.exp() * (target - log_p), 0.0).sum(-1)
        return each.flatten(1).mean(1) if each.dim() > 1 else each

    return loss


def _wide(logits: Tensor) -> Tensor:
    return logits.float() if logits.dtype in HALF else logits
