"""A user's model with its loss and data: what everything else follows from."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, fields
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.func import functional_call

from devdash.adapters.data import Examples, examples
from devdash.adapters.state import fitted, groups_of, tensors_of, unwrapped

LABELS = ("labels", "label")


@dataclass(frozen=True, eq=False)
class Task:
    """A model, a loss of its outputs for each example, and data.

    model: its structure; the weights come from checkpoints, and its parameters with requires_grad are those
    that move (all, where none has it). None: `loss` is a function (params, batch) → losses of its own.
    loss: (outputs, batch) → losses (example,), on a batch of the data's columns: a tuple of tensors, or
    name → tensor where the data name them. data: what λ̂ is measured on, tensors, arrays, memmaps, a Dataset
    or DataLoader of torch, or a Hugging Face Dataset. inputs: batch → arguments of the model, a tuple or
    name → value; by default the first column, or the columns that forward() takes by name. probe: inputs
    whose outputs are followed over training (Trajectory), a tuple of tensors; features: (outputs, slice of
    the probe inputs) → what is followed of them, by default all. heads: name → component, the attention
    heads of the model; parts: other components with names. tokens: of a language model, what its pages need
    beside (`causal_lm.Texts`).

    >>> model = nn.Linear(2, 1)
    >>> def loss(outputs, batch):
    ...     return (outputs - batch[1]).square().sum(-1)
    >>> task = Task(model, loss, data=(torch.zeros(5, 2), torch.zeros(5, 1)))
    >>> point = task.point()
    >>> task.function(point, (torch.ones(3, 2), torch.ones(3, 1))).shape
    torch.Size([3])
    """

    model: nn.Module | None
    loss: Callable
    data: object
    probe: object = None
    heads: Mapping[str, object] | None = None
    tokens: object = None
    inputs: Callable | None = None
    features: Callable | None = None
    parts: Mapping[str, object] | None = None

    def __post_init__(self):
        if not (self.model is None or isinstance(self.model, nn.Module)):
            raise TypeError(
                f"Task: model is a {type(self.model).__name__}, expected a torch.nn.Module; where the "
                "loss is a function (params, batch), give model=None"
            )
        if not callable(self.loss):
            raise TypeError(f"Task: loss of type {type(self.loss).__name__} given, expected a function")
        if self.model is not None:
            object.__setattr__(self, "model", unwrapped(self.model))

    def __getstate__(self) -> dict:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def examples(self) -> Examples:
        """The data as tensors."""
        return examples(self.data)

    @cached_property
    def function(self) -> Callable[[Mapping[str, Tensor], tuple[Tensor, ...]], Tensor]:
        """The loss as samplers call it: (params, batch) → losses (example,)."""
        if self.model is None:
            return self.loss
        parts = self.model, self.loss, self.inputs or _inputs(self.model), self.examples.names
        return ModelLoss(*parts) if self.tokens is None else TokenLoss(*parts, self.tokens.losses)

    def point(self, state: Mapping[str, Tensor] | None = None, where: str = "the checkpoint") -> dict:
        """The parameters and buffers of a checkpoint by name, each tied tensor once.

        state: as it was stored; None: the model's present one. where: what errors call it. Raises ValueError
        where its names or shapes are not the model's.
        """
        if self.model is None:
            if state is None:
                raise ValueError("Task: without a model the weights must come from a checkpoint")
            return dict(state)
        present = tensors_of(self.model)
        if state is None:
            return {name: tensor.clone() for name, tensor in present.items()}
        return fitted(self.model, state, where)

    def moving(self, point: Mapping[str, Tensor]) -> list[str]:
        """Names of the parameters that move: trained ones that the loss reaches, each tied tensor once."""
        floating = [name for name, tensor in point.items() if tensor.is_floating_point()]
        if self.model is None:
            return floating
        parameters = {id(part): part.requires_grad for part in self.model.parameters()}
        trained = {group[0]: parameters.get(id(tensor)) for group, tensor in groups_of(self.model).items()}
        names = [name for name in point if trained.get(name) is not None]
        names = [name for name in names if trained[name]] or names
        reached = self._reached(point, names)
        if not reached:
            raise ValueError(
                "Task: the loss reaches none of the model's parameters; does it cut the gradient?"
            )
        return reached

    def _reached(self, point: Mapping[str, Tensor], names: list[str]) -> list[str]:
        """Those of the names that the loss has a gradient for."""
        leaves = {name: point[name].detach().clone().requires_grad_() for name in names}
        few = tuple(tensor[:2] for tensor in self.examples.tensors)
        with torch.enable_grad(), self.evaluating():
            losses = self.function({**point, **leaves}, few)
            if not isinstance(losses, Tensor) or not losses.requires_grad:
                return names if not isinstance(losses, Tensor) else []
            slopes = torch.autograd.grad(losses.sum(), list(leaves.values()), allow_unused=True)
        return [name for name, slope in zip(leaves, slopes, strict=True) if slope is not None]

    def evaluating(self) -> AbstractContextManager:
        """The model in evaluation mode; every module is back in its own at the end."""
        return nullcontext() if self.model is None else evaluating(self.model)

    def outputs(self, point: Mapping[str, Tensor], inputs: tuple) -> object:
        """What the model gives for inputs, without a gradient, in evaluation mode, on the weights' device."""
        like = next(tensor for tensor in point.values() if tensor.is_floating_point())
        moved = tuple(_as(part, like) if isinstance(part, Tensor) else part for part in inputs)
        with torch.no_grad(), self.evaluating():
            return functional_call(self.model, dict(point), moved)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """A model in evaluation mode; every module is back in its own at the end."""
    modules = [module for module in model.modules() if module.training]
    try:
        for module in modules:
            module.training = False
        yield
    finally:
        for module in modules:
            module.training = True


@dataclass(frozen=True)
class ModelLoss:
    """(params, batch) → losses (example,) of a model called with these parameters.

    Examples are moved to the weights' device, and floating ones take their precision.
    """

    model: nn.Module
    loss: Callable
    inputs: Callable
    names: tuple[str, ...] | None

    def __call__(self, params: Mapping[str, Tensor], batch: tuple[Tensor, ...]) -> Tensor:
        return self._of(self.loss, params, batch)

    def _of(self, loss: Callable, params: Mapping[str, Tensor], batch: tuple[Tensor, ...]) -> Tensor:
        """A loss of the model's outputs on a batch."""
        like = next(tensor for tensor in params.values() if tensor.is_floating_point())
        columns = tuple(_as(tensor, like) for tensor in batch)
        named = columns if self.names is None else dict(zip(self.names, columns, strict=True))
        inputs = self.inputs(named)
        arguments = ((), dict(inputs)) if isinstance(inputs, Mapping) else (inputs, {})
        return loss(functional_call(self.model, dict(params), *arguments), named)


@dataclass(frozen=True)
class TokenLoss(ModelLoss):
    """A language model's loss, which can tell tokens apart.

    tokens: (outputs, batch) → losses (sequence, position).
    """

    tokens: Callable

    def details(self, params: Mapping[str, Tensor], batch: tuple[Tensor, ...]) -> Tensor:
        """Losses (sequence, position)."""
        return self._of(self.tokens, params, batch)


def _as(tensor: Tensor, like: Tensor) -> Tensor:
    """On the device of the weights; floats in their precision, unsigned numbers as torch indexes by."""
    if tensor.is_floating_point():
        return tensor.to(device=like.device, dtype=like.dtype)
    unsigned = tensor.dtype in (torch.uint16, torch.uint32, torch.uint64)
    return tensor.to(device=like.device, dtype=torch.long if unsigned else tensor.dtype)


def _inputs(model: nn.Module) -> Callable:
    """The model's arguments: the first column, or the columns that forward() takes by name."""
    parameters = inspect.signature(model.forward).parameters.values()
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    names = {parameter.name for parameter in parameters}

    def arguments(batch):
        if not isinstance(batch, Mapping):
            return (batch[0],)
        chosen = {k: v for k, v in batch.items() if k in names and k not in LABELS}
        if not chosen and not takes_all:
            raise ValueError(f"Task: forward() takes none of {list(batch)}; give inputs=lambda batch: …")
        return chosen or {name: value for name, value in batch.items() if name not in LABELS}

    return arguments
