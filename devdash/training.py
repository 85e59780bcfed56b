"""Training many small models of one kind together, as one batched tensor program."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import grad, vmap


@dataclass(frozen=True)
class SGD:
    """Plain stochastic gradient descent: no momentum, every epoch sees each example once."""

    learning_rate: float = 0.005
    batch_size: int = 20
    epochs: int = 4500
    save_every: int = 30


def checkpoints(settings: SGD) -> list[int]:
    """Epochs to save: 0, then 1, 2, 5, 10, 20 … below save_every, then every save_every."""
    early = [m * 10**e for e in range(6) for m in (1, 2, 5) if m * 10**e < settings.save_every]
    return sorted({0, *early, *range(0, settings.epochs + 1, settings.save_every)})


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
    rows, wanted = torch.arange(models)[:, None], set(checkpoints(settings))
    params = {name: tensor.clone() for name, tensor in params.items()}
    for epoch in range(settings.epochs + 1):
        if epoch in wanted:
            yield epoch, {name: tensor.clone() for name, tensor in params.items()}
        order = torch.rand(models, n, generator=generator).argsort(1)
        for chosen in order.split(size, dim=1):
            slope = gradient(params, tuple(tensor[rows, chosen] for tensor in data))
            for name, tensor in params.items():
                tensor.sub_(slope[name], alpha=settings.learning_rate)
