"""Whether the loss is fine enough in its number format for the differences that λ̂ is made of.

λ̂ = nβ (E[L(w)] − L(w*)): where L(w*) is large, its float's spacing times nβ may exceed the value.
"""

import math

import numpy as np
import torch
from torch import Tensor

from devdash.sampling.devices import double, placed

EXAMPLES = 32
DITHERED = 4  # spacings that losses must be apart for their rounding errors to be independent
SHARE = 0.05  # of λ̂
LEAST = 1e-3  # of λ: smaller errors matter to nobody
FEW = 0.25  # distinct values, as a share of the draws, below which a loss moves in steps


@torch.no_grad()
def rounding(loss, params, data: tuple[Tensor, ...] | None) -> float:
    """Error of the mean loss at w* from the spacing of its numbers, in units of the loss.

    Half a spacing; less where the examples' losses differ by several, as their errors then average.
    """
    device = next(iter(params.values())).device
    few = None if data is None else placed(data, slice(EXAMPLES), device)
    losses = loss(params, few).reshape(-1)
    size = double(losses).abs()
    exponent = torch.frexp(size).exponent - 1
    spacing = torch.finfo(losses.dtype).eps * 2.0**exponent * (size > 0)
    half = float(spacing.mean()) / 2
    if len(losses) > 1 and float(double(losses).std()) > DITHERED * float(spacing.max()):
        return half / math.sqrt(3 * len(data[0]))
    return half


def reason(error: float, nbeta: float, llc: float, std_err: float, excess: np.ndarray) -> str | None:
    """Why λ̂ is not resolved, in words, or None. error: of `rounding`.

    excess: L(w) − L(w*), (chain, draw).
    """
    if not math.isfinite(llc):
        return None
    values = np.unique(excess[np.isfinite(excess)])
    step = _step(values, excess.size) if len(values) > 1 else 0.0
    error = nbeta * max(error, step / 2)
    if error <= max(SHARE * abs(llc), std_err, LEAST):
        fixed = "the loss is the same at every draw: chains do not move, or it is flat"
        return fixed if len(values) == 1 else None
    return (
        f"nβ × spacing of L(w*) is {2 * error:.2g}, too coarse for λ̂ = {llc:.2g}: compute the loss in a "
        "wider type (float64), or take away what is constant in it"
    )


def _step(values: np.ndarray, draws: int) -> float:
    """The step in which the loss moves, where it takes few values, all whole steps apart; else 0."""
    if len(values) > FEW * draws:
        return 0.0
    gaps = np.diff(values)
    step = float(gaps.min())
    multiples = gaps / step
    return step if np.allclose(multiples, multiples.round(), atol=0.02) else 0.0
