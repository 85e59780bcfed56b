"""What a loss may do wrongly, found by a few evaluations at w* and beside it before any chain moves.

Nothing that the loss writes (running statistics) outlasts the checks.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from devdash.sampling import checks, company, outsiders, reach
from devdash.sampling.components import HALF, Moving, select
from devdash.sampling.devices import double, placed
from devdash.sampling.once import tell
from devdash.sampling.ties import detached
from devdash.sampling.watch import Watch

EXAMPLES = 3
PLACES = 3  # at which a gradient is looked for


@dataclass(frozen=True)
class Checked:
    """Checked input. movings: name of the component → its moving weights; batch_size: 1 without data."""

    points: list[Mapping[str, Tensor]]
    data: tuple[Tensor, ...] | None
    movings: dict[str, Moving]
    batch_size: int


def checked(loss, points, data, components: Mapping[str, object], batch_size: int | None) -> Checked:
    """The input of an estimate if it is sound; ValueError says what is not, and how to mend it."""
    points = checks.points(points)
    movings = {name: select(points[0], component) for name, component in components.items()}
    data, size = checks.data(data, batch_size)
    checks.moving(points, movings.values())
    check(loss, points, data, list(movings.values()))
    return Checked(points, data, movings, size)


@torch.enable_grad()
def check(loss, points: Sequence[Mapping[str, Tensor]], data, movings: Sequence[Moving]) -> None:
    """The loss gives finite numbers of the right shape, each of its own example, that follow the weights."""
    if not callable(loss):
        raise ValueError(
            f"estimate_llc: the loss is of type {type(loss).__name__}, expected a function "
            "(params, batch) → losses (example,)"
        )
    if torch.is_inference_mode_enabled():
        raise ValueError("estimate_llc: called under torch.inference_mode(), where nothing has a gradient")
    trial = LossTrial(loss, detached(points[0]), data)
    with trial.undone():
        _shape(trial)
        outsiders.refuse_weights(trial, points, movings)
        for moving in movings:
            _follows(trial, moving)
        if data is not None:
            company.check(trial, movings[0])
        outsiders.refuse_writes(trial)


def observed(loss, params: Mapping[str, Tensor], data: tuple[Tensor, ...]) -> None:
    """The loss works on the data that are observed, too."""
    trial = LossTrial(loss, detached(params), data)
    with torch.no_grad(), trial.undone():
        _shape(trial)


class LossTrial:
    """A loss at w* on a few examples, and at other weights or on parts of them."""

    def __init__(self, loss, params: Mapping[str, Tensor], data: tuple[Tensor, ...] | None):
        self.loss, self.params = loss, params
        device = next(iter(params.values())).device
        self.few = None if data is None else placed(data, slice(EXAMPLES), device)
        self.watch = Watch([*params.values(), *(data or ()), *(self.few or ())])

    @cached_property
    def modules(self) -> list[torch.nn.Module]:
        """Modules that the loss can call."""
        return reach.modules(self.loss)

    @cached_property
    def start(self) -> Tensor:
        """Losses at w*."""
        return self.of(self.params, self.few)

    def of(self, params: Mapping[str, Tensor], examples) -> Tensor:
        """The loss under watch; what it raises is told in words."""
        try:
            with self.watch:
                return self.loss(params, examples)
        except Exception as error:  # a user's function: of any kind
            raise ValueError(_raised(error, params, examples)) from error

    def moved(self, moving: Moving, names: Sequence[str] | None = None, seed: int = 0) -> dict[str, Tensor]:
        """Parameters far from w*: noise as large as each tensor is added to its moving entries."""
        generator = torch.Generator().manual_seed(seed)
        vector = moving.flatten(self.params).clone()
        for name, piece in moving.split(vector).items():
            if names is None or name in names:
                noise = torch.randn(piece.shape, generator=generator).to(piece)
                size = float(double(piece).square().mean().sqrt()) if len(piece) else 0.0
                piece.add_(noise, alpha=size or 0.1)
        return moving.place(moving.split(vector), self.params)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever the loss writes in this context is put back at its end."""
        try:
            yield
        finally:
            self.watch.restore()


def _raised(error: Exception, params: Mapping[str, Tensor], examples) -> str:
    what = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    on = "without data" if examples is None else f"on {len(examples[0])} examples"
    hint = "; it is called as loss(params, batch), with params name → tensor and batch a tuple of tensors"
    if isinstance(error, KeyError):
        hint = f"; the parameters given are {', '.join(list(params)[:8])}"
    elif "expected more than 1 value" in what.lower():
        hint = "; BatchNorm in training mode? call model.eval()"
    elif "dtype" in what.lower() or "scalar type" in what.lower():
        kinds = {str(t.dtype) for t in params.values()} | {str(t.dtype) for t in examples or ()}
        hint = f"; parameters and data are {', '.join(sorted(kinds))}: convert one to the other"
    elif "device" in what.lower():
        places = {str(t.device) for t in params.values()} | {str(t.device) for t in examples or ()}
        hint = f"; parameters and data are on {', '.join(sorted(places))}: move one to the other"
    elif "tied" in what.lower():
        hint = "; give one of the tied names, or the one tensor under both"
    return f"estimate_llc: the loss fails at w* {on} with {what}{hint}"


def _shape(trial: LossTrial) -> None:
    """A floating point tensor, one number for each example, finite, and equal when computed again."""
    few, losses = trial.few, trial.start
    count = None if few is None else len(few[0])
    expected = "a scalar" if few is None else f"one loss for each of the {count} examples, shape ({count},)"
    if not isinstance(losses, Tensor):
        kind, mend = type(losses).__name__, _part(losses)
        raise ValueError(f"estimate_llc: the loss gave {kind}, expected a tensor: {expected}{mend}")
    right = losses.numel() == 1 if few is None else losses.shape == (count,)
    if not right:
        shape, mend = tuple(losses.shape), _mend(losses, count)
        raise ValueError(f"estimate_llc: the loss gave shape {shape}, expected {expected}{mend}")
    if not losses.is_floating_point():
        raise ValueError(f"estimate_llc: the loss gave {losses.dtype}, expected floating point numbers")
    if not torch.isfinite(losses).all():
        raise ValueError("estimate_llc: the loss at w* is NaN or infinite; check the data and the weights")
    if not torch.equal(losses, trial.of(trial.params, few)):
        outsiders.refuse_writes(trial)
        raise ValueError(
            "estimate_llc: the loss differs between two calls at w* on the same examples; is the model in "
            "training mode with dropout? call model.eval()"
        )


def _part(losses) -> str:
    """How to get at the losses in an output that holds them."""
    if isinstance(losses, Mapping):
        keys = ", ".join(repr(key) for key in list(losses)[:5])
        return f"; return one of its entries {keys}"
    return "; return the entry that is the loss" if isinstance(losses, tuple | list) else ""


def _mend(losses: Tensor, count: int | None) -> str:
    if losses.dim() == 0:
        return "; take the mean over examples away (reduction='none')"
    if count is None:
        return "; is this a loss for each example? give the data"
    if losses.dim() > 1 and len(losses) == count:
        return "; a loss for each token? return losses.flatten(1).mean(1)"
    return ""


def _follows(trial: LossTrial, moving: Moving) -> None:
    """The loss changes with the weights that move, and its gradient reaches them."""
    slopes = _slopes(trial, moving, trial.params)
    unreached = [name for name, slope in slopes.items() if slope is None]
    silent = ", ".join(unreached[:5])
    if unreached and not _constant(trial, moving, unreached):
        raise ValueError(
            f"estimate_llc: the loss changes with {silent}, but its gradient does not reach it; does the "
            "loss cut the gradient (.detach(), .data, torch.no_grad, rounding)?"
        )
    if len(unreached) == len(slopes):
        raise ValueError(
            f"estimate_llc: the loss does not depend on {silent}; is this component used at all, does the "
            "loss use the params it is given (torch.func.functional_call(model, params, inputs)), or does it "
            "cut the gradient (.detach(), torch.no_grad)?"
        )
    if unreached:
        tell(__name__, f"estimate_llc: the loss does not use {silent}; it adds nothing to λ̂")
    _refuse_steps(trial, moving, slopes)


def _refuse_steps(trial: LossTrial, moving: Moving, slopes: Mapping[str, Tensor | None]) -> None:
    """A loss that changes while its gradient is zero, at w* and far from it, is made of steps."""
    for seed in range(PLACES):
        if any(slope is not None and bool((slope != 0).any()) for slope in slopes.values()):
            return
        try:
            slopes = _slopes(trial, moving, trial.moved(moving, seed=seed))
        except ValueError:  # the loss is not defined there
            return
    if not _constant(trial, moving, moving.names):
        names = ", ".join(moving.names[:5])
        raise ValueError(
            f"estimate_llc: the loss changes with {names}, but its gradient is zero at w* and far from it; "
            "does the loss round, count or take the largest? take a loss that is smooth in the weights"
        )


def _slopes(trial: LossTrial, moving: Moving, params: Mapping[str, Tensor]) -> dict[str, Tensor | None]:
    """∇ of the mean loss by each moving parameter; None where none reaches it."""
    leaves = moving.leaves(moving.flatten(params))
    losses = trial.of(moving.place(leaves, trial.params), trial.few)
    total = losses.float().mean() if losses.dtype in HALF else losses.mean()
    if not total.requires_grad:
        return dict.fromkeys(leaves)
    return dict(
        zip(leaves, torch.autograd.grad(total, list(leaves.values()), allow_unused=True), strict=True)
    )


def _constant(trial: LossTrial, moving: Moving, names: Sequence[str]) -> bool:
    """Whether the loss stays as it is when these parameters move; True where it is not defined there."""
    with torch.no_grad():
        try:
            losses = trial.of(trial.moved(moving, names), trial.few)
        except ValueError:
            return True
    return torch.equal(losses.isnan(), trial.start.isnan()) and torch.equal(losses, trial.start)
