"""Losses and gradients of all chains as a recorded list of tensor operations, replayed without Python.

For small models nearly all time of a step is spent in Python, in torch's batching layer and in its
autograd; the same operations, recorded once and replayed, take a fraction of it. A recording holds for
fixed shapes, and is used only where it agrees with the function itself.
"""

import warnings
from collections.abc import Callable

import torch
from torch import Tensor
from torch._decomp import decomposition_table
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from devdash.sampling.once import tell

WORTH_GRADIENT = 150  # evaluations from which recording the gradient too pays
SLOWER = "estimate_llc: this loss cannot be recorded, and runs as it is (small models: about 3 times slower)"
NUMBER = torch.ops.aten._local_scalar_dense.default  # a tensor's value as a Python number
# torch's tracer cannot write them down, for their list of truths: recorded as what they are made of
IN_PARTS = (torch.ops.aten.native_layer_norm_backward.default,)
REHEARSALS = 3  # torch runs a recording as it is at first, and rewrites it before its second run


class Recorder(TorchDispatchMode):
    """Writes down every operation beneath autograd and batching, with the places of its tensors."""

    def __init__(self, inputs: tuple[Tensor, ...]):
        super().__init__()
        self.inputs, self.steps, self.alive = len(inputs), [], []
        self.places, self.moving = {}, set()  # moving: places of what the inputs have a say in
        for tensor in inputs:
            self.moving.add(self._remember(tensor))

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: the wrapper against torch.compile would import it, which takes longer than a short run."""
        return False

    def _remember(self, tensor: Tensor) -> int:
        """A place for a new tensor, which is kept alive so that no other gets its identity."""
        self.alive.append(tensor)
        self.places[id(tensor)] = len(self.alive) - 1
        return len(self.alive) - 1

    def place(self, tensor: Tensor):
        """The place of a tensor that was recorded; a constant is itself."""
        number = self.places.get(id(tensor))
        return tensor.detach() if number is None else Place(number)

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in IN_PARTS:
            with self:
                return decomposition_table[function](*args, **kwargs)
        inputs = tree_map_only(Tensor, self.place, (args, kwargs))
        result = function(*args, **kwargs)
        moves = any(isinstance(part, Place) and part.number in self.moving for part in tree_leaves(inputs))
        if function is NUMBER and not moves:
            return result  # of a mask that is always the same: the branch that it decides is taken each time
        places = [self._remember(out) if isinstance(out, Tensor) else None for out in _listed(result)]
        if moves:
            self.moving.update(number for number in places if number is not None)
        self.steps.append((function, *inputs, places))
        return result

    def replay(self, results: tuple[Tensor, ...]) -> Callable:
        """A function that repeats the operations: inputs → what became the results. Tensors are let go of."""
        steps, inputs, count = self.steps, self.inputs, len(self.alive)
        final = [self.place(tensor) for tensor in results]
        self.alive = []

        def run(*arguments: Tensor) -> tuple[Tensor, ...]:
            tensors = [*arguments, *[None] * (count - inputs)]

            def look(place: Place) -> Tensor:
                return tensors[place.number]

            for function, args, kwargs, places in steps:
                args, kwargs = tree_map_only(Place, look, (args, kwargs))
                outputs = _listed(function(*args, **kwargs))
                for number, out in zip(places, outputs, strict=True):
                    if number is not None:
                        tensors[number] = out
            return tuple(look(place) if isinstance(place, Place) else place for place in final)

        return run


def _listed(result) -> tuple:
    return tuple(result) if isinstance(result, tuple | list) else (result,)


class Place:
    """The number of a tensor in a recording."""

    def __init__(self, number: int):
        self.number = number


def recorded(losses: Callable, weights: Tensor, tensors: tuple[Tensor, ...], evaluations: int) -> Callable:
    """(weights, *tensors) → (∇ of each chain's mean loss (chain, weight), losses (chain, example)).

    losses: (weights, *tensors) → (chain, example). evaluations: how many are expected. Where torch cannot
    record the losses, or they come out differently, the function runs as it is, and the log says so once.

    >>> losses = torch.func.vmap(lambda w, x: (x @ w) ** 2)  # 4 chains of 3 weights, 10 examples each
    >>> weights, x = torch.ones(4, 3), torch.ones(4, 10, 3)
    >>> gradient, values = recorded(losses, weights, (x,), evaluations=1000)(weights, x)
    >>> gradient.shape, values.shape
    (torch.Size([4, 3]), torch.Size([4, 10]))
    """
    direct, inputs = differentiated(losses), (weights, *tensors)
    try:
        with warnings.catch_warnings():
            # shapes and constants are meant to be fixed; what torch offers instead (make_fx) replays at half
            # the speed where models are small
            warnings.simplefilter("ignore", torch.jit.TracerWarning)
            warnings.filterwarnings("ignore", r"`torch\.jit", DeprecationWarning)
            fast = _recording(losses, direct, inputs, evaluations)
            moved = (weights * 1.01 + 1e-3, *tensors)
            expected = direct(*moved)
            agrees = all(_agree(expected, fast(*moved)) for _ in range(REHEARSALS))
    except Exception as error:  # torch's recorders raise what they like; the direct way always works
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    else:
        if agrees:
            return fast
        reason = "replayed, it gives other numbers (does it change from call to call?)"
    if evaluations >= WORTH_GRADIENT:  # of a few evaluations nobody feels the cost
        tell(__name__, f"{SLOWER}: {reason}")
    return direct


def _recording(losses: Callable, direct: Callable, inputs: tuple[Tensor, ...], evaluations: int) -> Callable:
    """The losses recorded, and their gradient too where that pays."""
    if evaluations < WORTH_GRADIENT:
        return differentiated(_compiled(losses, inputs))
    with Recorder(inputs) as recorder:
        results = direct(*inputs)
    return _compiled(recorder.replay(results), inputs)


def differentiated(losses: Callable) -> Callable:
    """(weights, *tensors) → ∇ of each chain's mean loss, and the losses; torch.func.grad is slower."""

    def both(weights: Tensor, *tensors: Tensor) -> tuple[Tensor, Tensor]:
        moved = weights.detach().requires_grad_()
        values = losses(moved, *tensors)
        return torch.autograd.grad(values.mean(1).sum(), moved)[0], values.detach()

    return both


def _compiled(function: Callable, inputs: tuple[Tensor, ...]) -> Callable:
    with torch.no_grad():
        return torch.jit.trace(function, inputs, check_trace=False)


def _agree(one, other) -> bool:
    return all(torch.allclose(a, b, 1e-4, 1e-6, equal_nan=True) for a, b in zip(one, other, strict=True))
