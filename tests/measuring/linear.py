"""A linear model on its way to the least squares, recorded and measured in seconds; its λ is d/2."""

from pathlib import Path

import torch
from torch import nn

import devdash
from devdash.sampling import Langevin

N, WIDTH = 300, 4
SAMPLER = Langevin(epsilon=2e-2, nbeta=30.0, gamma=1.0)
SHORT = {"sampler": SAMPLER, "chains": 2, "draws": 20, "burn_in": 10, "batch_size": 50}
LONG = {"sampler": SAMPLER, "chains": 4, "draws": 200, "burn_in": 100, "batch_size": 50}
GENERATOR = torch.Generator().manual_seed(1)
X = torch.randn(N, WIDTH, generator=GENERATOR)
Y = X @ torch.tensor([[1.0], [-1.0], [0.5], [0.0]]) + 0.3 * torch.randn(N, 1, generator=GENERATOR)


def loss(outputs, batch):
    return (outputs - batch[1]).square().sum(-1) / 2


def model_at(step: int) -> nn.Linear:
    """A linear model on its way to the least squares."""
    model = nn.Linear(WIDTH, 1, bias=False)
    best = torch.linalg.lstsq(X, Y).solution.T
    with torch.no_grad():
        model.weight.copy_(best * (1 - 0.9 ** (step / 10)))
    return model


def task(probe=None) -> devdash.Task:
    return devdash.Task(nn.Linear(WIDTH, 1, bias=False), loss, (X, Y), probe=probe)


def record(name: str, data: Path | None = None) -> None:
    """Twelve checkpoints of a recorded training."""
    run = devdash.init(name, model := model_at(0), every=100, per_decade=1, data=data)
    for step in range(100, 1200, 100):
        model.load_state_dict(model_at(step).state_dict())
        run.log({"train_loss": loss(model(X), (X, Y)).mean().detach()}, step=step)
    run.finish()


def compute(data: Path) -> None:
    """The run `model-tiny` of a data folder, recorded and measured."""
    record("model-tiny", data)
    measured = devdash.measure("model-tiny", task(probe=(X[:30],)), data=data, **LONG)
    assert measured.failures == 0
