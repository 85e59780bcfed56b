"""What every sampler of this package shares: settings, the localised potential, one update's shape."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

BLOCK = 2**18  # weights
Evaluate = Callable[[Tensor], tuple[Tensor, Tensor]]  # weights → ∇L_m (chain, weight), L_m (chain,)


def as_number(value: object) -> float:
    """A number of any kind as a float; NaN for what is none, such as True, a text or a vector.

    >>> as_number(torch.tensor(2)), as_number("2"), as_number(torch.ones(2))
    (2.0, nan, nan)
    """
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, ArithmeticError, RuntimeError):
        return math.nan


def quoted(value: object) -> str:
    """What was given, as an error repeats it: in at most 80 letters."""
    try:
        return repr(value)[:80]
    except ValueError:  # a whole number of thousands of digits
        return f"a {type(value).__name__} too long to be shown"


@dataclass(frozen=True)
class Settings:
    """Settings that all samplers have.

    epsilon: step size ε, scales drift and the noise's variance. nbeta: inverse temperature nβ,
    scales the loss; None means n / log n. gamma: localisation γ, scales the pull back to w*.
    box: half-width of a uniform prior around w*, per weight; None: no box.
    corrected (of the class): whether a Metropolis test takes the step's bias away, so that a low
    acceptance costs draws, but not truth. copies (of the class): vectors as long as all weights that a
    step of one chain needs. paired (of the class): whether the gradient's noise at w* is taken off its
    minibatch's gradient elsewhere (`control`). heated (of the class): whether that noise adds to the
    temperature, and no thermostat takes it up.

    >>> settings = Settings(epsilon=1e-3, gamma=10)
    >>> settings.nbeta, settings.gamma
    (None, 10.0)
    >>> Settings(epsilon=-1.0)
    Traceback (most recent call last):
        ...
    ValueError: Settings: epsilon = -1.0 given, expected a positive number
    """

    corrected: ClassVar[bool] = False
    copies: ClassVar[int] = 3
    paired: ClassVar[bool] = False
    heated: ClassVar[bool] = True

    epsilon: float = 1e-4
    nbeta: float | None = None
    gamma: float = 1.0
    box: float | None = None

    def __post_init__(self):
        for field in ("epsilon", "nbeta", "box"):
            if field == "epsilon" or getattr(self, field) is not None:
                self._as_float(field, "a positive number", lambda value: value > 0)
        self._as_float("gamma", "zero or more", lambda value: value >= 0)

    def _as_float(self, field: str, expected: str, allowed: Callable[[float], bool]) -> None:
        """The field as a float, from whatever kind of number it is."""
        value = getattr(self, field)
        number = as_number(value)
        if not (allowed(number) and number < math.inf):
            raise ValueError(f"{type(self).__name__}: {field} = {quoted(value)} given, expected {expected}")
        object.__setattr__(self, field, number)

    def build(self, generator: torch.Generator) -> "Transform":
        """init and update with settings and random numbers bound; every sampler has its own."""
        raise NotImplementedError(f"{type(self).__name__} has no method build(generator) → Transform")


class Info(NamedTuple):
    """loss: L_m before the update, (chain,). acceptance: of a Metropolis test, (chain,), or None.

    trace: (chain,), an unbiased estimate of the Laplacian of L before the update, from the noise of the
    step that led there: E[∇L(y + sR) · R] = s E[ΔL] for R standard normal and y without part in it.
    """

    loss: Tensor
    acceptance: Tensor | None
    trace: Tensor | None = None


class Transform(NamedTuple):
    """A sampler with its settings bound: init(anchor) → State; update(state, evaluate, check)."""

    init: Callable
    update: Callable


def stein(
    gradient: Tensor, weights: Tensor, anchor: Tensor, box: float | None
) -> tuple[Tensor, Tensor, Tensor]:
    """v · gradient, v · (w − w*) and the divergence of v = w − w*, (chain,) each.

    In a box v = (w − w*)(1 − (w − w*)²/box²), weight by weight, which is zero at its sides, so that
    E[v · ∇U] = E[div v] holds there too. No vector of all weights is made.
    """
    along, square, divergence = (gradient.new_zeros(len(gradient)) for _ in range(3))
    for first in range(0, gradient.shape[-1], BLOCK):
        part = (..., slice(first, first + BLOCK))
        away = weights[part] - anchor[part]
        inside = torch.ones_like(away) if box is None else 1 - (away / box).square()
        field = away * inside
        along += (field * gradient[part]).sum(-1)
        square += (field * away).sum(-1)
        divergence += (3 * inside - 2 if box is not None else inside).sum(-1)
    return along, square, divergence


def dot(one: Tensor, other: Tensor) -> Tensor:
    """Scalar product of each chain's rows, (chain,), in float32 at least, without a temporary vector."""
    return torch.einsum("cw,cw->c", one, other)


def potential_gradient(weights: Tensor, anchor: Tensor, gradient: Tensor, settings: Settings) -> Tensor:
    """∇U = nβ ∇L_m + γ (w − w*)."""
    return settings.nbeta * gradient + settings.gamma * (weights - anchor)


def langevin_acceptance(
    before: Tensor,
    after: Tensor,
    anchor: Tensor,
    noise_square: Tensor,
    losses,
    gradient_after: Tensor,
    settings,
    metric: Tensor | None = None,
    step=None,
) -> Tensor:
    """Probability (chain,) that a Metropolis test (MALA) accepts w → w − ε/2 G ∇U + N(0, εG).

    noise_square: of the noise, in the metric G⁻¹, (chain,). losses: L_m before and after on one
    minibatch. metric: the diagonal G. step: (chain, 1), in the place of ε. Weights are taken in blocks,
    so that no vector of all of them is made.
    """
    step = settings.epsilon if step is None else step
    change = settings.nbeta * (losses[1] - losses[0])
    back_square = torch.zeros_like(change)
    for first in range(0, before.shape[-1], BLOCK):
        part = (..., slice(first, first + BLOCK))
        G = 1.0 if metric is None else metric[part]
        drift = potential_gradient(after[part], anchor[part], gradient_after[part], settings)
        back = before[part] - after[part] + step / 2 * G * drift
        back_square += (back.square() / G).sum(-1)
        farther = (after[part] - anchor[part]).square() - (before[part] - anchor[part]).square()
        change = change + settings.gamma / 2 * farther.sum(-1)
    twice = 2 * step if isinstance(step, float) else 2 * step[:, 0]
    return torch.exp(torch.clamp(-change - (back_square - noise_square) / twice, max=0.0))


def turned(weights: Tensor, anchor: Tensor, box: float) -> Tensor:
    """Where `reflect` turns a direction round: weights beyond an odd number of sides."""
    return (weights - anchor + box).remainder(4 * box) > 2 * box


def reflect(weights: Tensor, anchor: Tensor, box: float | None) -> Tensor:
    """Weights folded back at the sides of the box |w − w*| ≤ box."""
    if box is None:
        return weights
    folded = (weights - anchor + box).remainder(4 * box)
    return anchor + torch.where(folded > 2 * box, 4 * box - folded, folded) - box


def normal(like: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal numbers of the shape, type and device of a tensor."""
    return torch.randn(like.shape, generator=generator, dtype=like.dtype, device=like.device)
