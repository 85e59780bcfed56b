"""Training many small models of one kind together, as one batched tensor program."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import grad, vmap

from devdash.training.optimisers.transform import Optimiser


@dataclass(frozen=True)
class SGD:
    """Plain stochastic gradient descent: no momentum, every epoch sees each example once."""

    learning_rate: float = 0.005
    batch_size: int = 20
    epochs: int = 4500
    save_every: int = 30


def checkpoint_steps(last: int, every: int) -> list[int]:
    """Steps (or epochs) to save: 0, then 1, 2, 5, 10, 20 … below `every`, then every `every`."""
    early = [m * 10**e for e in range(6) for m in (1, 2, 5) if m * 10**e < every]
    return sorted({0, *early, *range(0, last + 1, every)})


def growing_steps(last: int, growth: float = 0.02) -> list[int]:
    """0 … last: every step at first, then about `growth` of the way so far apart."""
    steps = [0]
    while steps[-1] < last:
        steps.append(min(last, steps[-1] + max(1, round(growth * steps[-1]))))
    return steps


def train_together(
    loss: Callable, params: dict[str, Tensor], data: tuple[Tensor, ...], settings: SGD, seed: int
) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """Train stacked models, each on data of its own.

    loss: (params, batch) → per-example losses. params: name → (model, …); data: tensors
    (model, n, …). Gives (epoch, params) at every checkpoint.
    """
    models, n = data[0].shape[:2]
    size = min(settings.batch_size, n)
    gradient = vmap(grad(lambda p, batch: loss(p, batch).mean()))
    generator = torch.Generator().manual_seed(seed)
    rows, wanted = torch.arange(models)[:, None], set(checkpoint_steps(settings.epochs, settings.save_every))
    params = {name: tensor.clone() for name, tensor in params.items()}
    for epoch in range(settings.epochs + 1):
        if epoch in wanted:
            yield epoch, {name: tensor.clone() for name, tensor in params.items()}
        order = torch.rand(models, n, generator=generator).argsort(1)
        for chosen in order.split(size, dim=1):
            slope = gradient(params, tuple(tensor[rows, chosen] for tensor in data))
            for name, tensor in params.items():
                tensor.sub_(slope[name], alpha=settings.learning_rate)


def train_stacked(
    loss: Callable,
    params: dict[str, Tensor],
    data: tuple[Tensor, ...],
    optimiser: Optimiser,
    batch_size: int,
    stops: Collection[int],
    seed: int,
) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """Train stacked models on the same data, each in an order of its own.

    loss: (params, batch) → per-example losses. params: name → (model, …); data: tensors (n, …).
    Gives (gradient step, params) at the first update
    that reaches each of `stops`; steps count gradients, of which an update may take several.
    """
    gradient = vmap(grad(lambda p, batch: loss(p, batch).mean()))
    orders, noise = (torch.Generator().manual_seed(2 * seed + k) for k in (0, 1))
    models = len(next(iter(params.values())))
    batches = _minibatches(data, models, batch_size, orders)
    algorithm = optimiser.build(noise)
    state, step = algorithm.init(params), 0
    yield step, state.params
    for stop in sorted(stops):
        if step >= stop:
            continue
        while step < stop:
            state = algorithm.update(state, lambda p: gradient(p, next(batches)))
            step += optimiser.gradients
        yield step, state.params


def _minibatches(data, models: int, size: int, generator) -> Iterator[tuple[Tensor, ...]]:
    """Tensors (model, size, …) without end: every epoch, every model sees its data in a new order."""
    n = len(data[0])
    while True:
        order = torch.rand(models, n, generator=generator).argsort(1)
        for chosen in order.split(size, dim=1):
            yield tuple(tensor[chosen] for tensor in data)
