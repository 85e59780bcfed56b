"""Linear regression in context: each sequence is a task w with examples (x, y), y = w·x + noise.

Source: Hoogland et al. 2024 (arXiv 2402.02364), the second setting; Raventós et al. 2023 (arXiv
2306.15063) for finite sets of tasks and the discrete predictor. Arrays: x (sequence, example, dimension),
y (sequence, example).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

FEWEST = 16


@dataclass(frozen=True)
class LinearTasks:
    """w ~ N(0, I), or one of `tasks` such draws; x ~ N(0, I). noise: its variance, no standard deviation."""

    dimension: int = 4
    examples: int = 8
    noise: float = 0.125
    tasks: int | None = None

    def __post_init__(self):
        tasks = 1 if self.tasks is None else self.tasks
        if min(self.dimension, self.examples, tasks) < 1 or self.noise < 0:
            raise ValueError(f"LinearTasks: {self} given, expected sizes ≥ 1 and noise ≥ 0")

    def pool(self, seed: int) -> Tensor | None:
        """The finite set of tasks, (task, dimension); a larger set of the same seed begins with a smaller."""
        if self.tasks is None:
            return None
        generator = torch.Generator().manual_seed(seed)
        whole = max(self.tasks, FEWEST)  # torch draws fewer numbers than 16 in another way
        return torch.randn(whole, self.dimension, generator=generator)[: self.tasks]

    def draw(
        self, count: int, seed: int, pool: Tensor | None = None, *, inputs: float = 1.0, tasks: float = 1.0
    ) -> tuple[Tensor, Tensor]:
        """x and y of `count` sequences. inputs, tasks: factors on x and w, for other distributions."""
        generator = torch.Generator().manual_seed(seed)
        if pool is None:
            w = torch.randn(count, self.dimension, generator=generator)
        else:
            w = pool[torch.randint(len(pool), (count,), generator=generator)]
        x = inputs * torch.randn(count, self.examples, self.dimension, generator=generator)
        noise = self.noise**0.5 * torch.randn(count, self.examples, generator=generator)
        return x, (x @ (tasks * w)[:, :, None])[..., 0] + noise


def tokens(x: Tensor, y: Tensor) -> Tensor:
    """x as [0, x] and y as [y, 0 …], in turn: (sequence, 2 · example, 1 + dimension)."""
    asked = torch.cat([torch.zeros_like(y)[..., None], x], -1)
    answered = torch.cat([y[..., None], torch.zeros_like(x)], -1)
    return torch.stack([asked, answered], 2).flatten(1, 2)


def ridge(x: Tensor, y: Tensor, noise: float) -> Tensor:
    """Posterior mean of y for w ~ N(0, I) from the examples before, (sequence, example), float64.

    (XᵀX + σ² I)⁻¹ Xᵀ y, the best possible prediction where tasks are without end.
    """
    _check(noise)
    x, y = x.double(), y.double()
    prediction = torch.zeros_like(y)
    for k in range(1, x.shape[1]):
        X, Y = x[:, :k], y[:, :k, None]
        gram = X.mT @ X + noise * torch.eye(x.shape[2], dtype=torch.float64)
        prediction[:, k] = (x[:, k, None] @ torch.linalg.solve(gram, X.mT @ Y))[:, 0, 0]
    return prediction


def discrete(x: Tensor, y: Tensor, pool: Tensor, noise: float) -> Tensor:
    """Posterior mean of y where w is one of the pool's tasks, (sequence, example), float64."""
    _check(noise)
    said = x.double() @ pool.double().T  # (sequence, example, task)
    misfit = (said - y.double()[..., None]).square() / (2 * noise)
    seen = torch.cat([torch.zeros_like(misfit[:, :1]), misfit[:, :-1].cumsum(1)], 1)
    return (torch.softmax(-seen, -1) * said).sum(-1)


def _check(noise: float) -> None:
    if not noise > 0:
        raise ValueError(f"best prediction: noise {noise} given, expected a variance > 0")
