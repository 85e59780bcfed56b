"""tanh networks: at the true function 0, where λ is known, and at a noisy regression's minimum."""

import math
from functools import partial

import torch
from torch import Tensor

from benchmarks.coverage import truth
from benchmarks.coverage.systems import Built, System
from devdash.models import tanh_network

ZERO, PULLS = (1, 2, 3, 4, 6, 9), (3.0, 30.0)
NBETA = 1000.0
HIDDEN, EXAMPLES, NOISE = (1, 2, 3, 4), (200, 800), 0.3
BATCHES = (32, None)


def systems() -> list[System]:
    """Population losses at zero, and regressions with minibatches."""
    zero = [_zero(hidden, gamma) for hidden in ZERO for gamma in PULLS]
    return zero + [_regression(hidden, n) for hidden in HIDDEN for n in EXAMPLES]


def _zero(hidden: int, gamma: float) -> System:
    name = f"zero function, {hidden} hidden, γ {gamma:g}"

    def build() -> Built:
        def loss(params, _):
            return tanh_network.population_loss(params)

        return Built(loss, tanh_network.zero(hidden), truth.landscape("tanh", name))

    theory = tanh_network.learning_coefficient(hidden)[0]
    return System("tanh", name, NBETA, gamma, build, theory, long=32)


def _regression(hidden: int, n: int) -> System:
    name = f"regression, {hidden} hidden, n {n}"
    build = partial(_trained, name, hidden, n)
    return System("tanh", name, n / math.log(n), 10.0, build, batches=BATCHES, long=32)


def output(params, x: Tensor) -> Tensor:
    """Σ_h c_h tanh(a_h x + b_h) of x (example,)."""
    return torch.tanh(x[:, None] * params["a"] + params["b"]) @ params["c"]


def _trained(name: str, hidden: int, n: int) -> Built:
    """w* is the minimum of L_n that lies nearest the teacher."""
    generator = torch.Generator().manual_seed(hidden + n)
    draw = partial(torch.randn, generator=generator, dtype=torch.float64)
    teacher = {part: draw(hidden) for part in "abc"}
    x = draw(n)
    y = output(teacher, x) + NOISE * draw(n)
    params = {part: tensor.clone().requires_grad_() for part, tensor in teacher.items()}
    optimiser = torch.optim.LBFGS(params.values(), max_iter=2000, tolerance_grad=1e-9, tolerance_change=1e-14)

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = (y - output(params, x)).square().mean() + 1e-4 * sum(
            (params[part] - teacher[part]).square().sum() for part in "abc"
        )
        loss.backward()
        return loss

    optimiser.step(closure)
    params = {part: tensor.detach() for part, tensor in params.items()}
    residual = float((y - output(params, x)).square().mean())
    return Built(
        lambda params, batch: (batch[1] - output(params, batch[0])).square(),
        params,
        truth.landscape("tanh", name, 2 * residual),
        data=(x, y),
    )
