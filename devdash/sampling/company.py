"""Whether an example's loss depends on the examples that it is evaluated with.

λ̂ is of a sum of losses over examples. A loss that mixes them (BatchNorm in training mode, contrastive
losses, a broadcast of (example, 1) with (example,)) is another function in every minibatch.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from devdash.sampling.components import Moving

ROUNDING = 1000  # spacings of a number of the size of a loss
MOST_ROUNDING = 0.05


def check(trial, moving: Moving) -> None:
    """Examples alone, in other order and in other company have the losses that they have together.

    Compared at w* and far from it, where losses are not small against what they are computed from.
    """
    with torch.no_grad():
        places = [trial.params, trial.moved(moving)]
        together = [_losses(trial, params, trial.few) for params in places]
        sizes = [float(losses.abs().max()) for losses in together if _sound(losses)]
        spacing = torch.finfo(torch.bfloat16 if trial.watch.half else together[0].dtype).eps
        allowed = min(ROUNDING * spacing, MOST_ROUNDING) * max(sizes)
        for params, losses in zip(places, together, strict=True):
            if _sound(losses):
                _compare(trial, params, losses, allowed)


def _compare(trial, params: Mapping[str, Tensor], together: Tensor, allowed: float) -> None:
    count = len(together)
    orders = {f"of {count} in other order": list(reversed(range(count)))} if count > 1 else {}
    orders |= {"with one other": [0, count - 1], "alone": [0], "the last alone": [count - 1]}
    for words, order in orders.items():
        losses = _losses(trial, params, tuple(tensor[order] for tensor in trial.few))
        if losses is None or losses.shape != (len(order),):
            raise ValueError(
                f"estimate_llc: the loss gives {'no number' if losses is None else tuple(losses.shape)} for "
                f"{len(order)} of the examples {words}, where it gives one for each of {count}; is "
                "BatchNorm in training mode? call model.eval()"
            )
        apart = (losses - together[order]).abs().max()
        if not float(apart) <= allowed:
            raise ValueError(
                f"estimate_llc: an example's loss depends on its company: {float(together[order[0]]):.6g} "
                f"among {count} examples, {float(losses[0]):.6g} {words}; BatchNorm in training "
                "mode? call model.eval(). A contrastive loss, or (example, 1) and (example,) that broadcast?"
            )


def _losses(trial, params: Mapping[str, Tensor], examples) -> Tensor | None:
    """None where the loss fails."""
    try:
        losses = trial.of(params, examples)
    except ValueError:
        return None
    return losses.float() if losses.dtype in (torch.bfloat16, torch.float16) else losses


def _sound(losses: Tensor | None) -> bool:
    return losses is not None and bool(losses.isfinite().all())
