"""Training one model for long: AdamW, checkpoints on a schedule, exact resume after a kill.

Two runs of the same seed give the same weights, interrupted or not: the batch of a step depends on
the step alone, and the state holds all else.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from devdash.training import adam, checkpoints

READ_EVERY = {"cuda": 50}  # steps between looks at the losses: each makes a GPU wait


@dataclass(frozen=True)
class Training:
    """AdamW (Loshchilov & Hutter 2019), a linear warm-up, a constant rate, and a cosine at the end.

    undecayed: beginnings of names without weight decay, besides vectors. cooled: share of the steps
    over which the rate falls to a tenth. per_decade and every: log-spaced and evenly spaced
    checkpoints. half: bfloat16 products, on a GPU. compact: checkpoints are saved as float16.
    """

    steps: int = 10_000
    batch_size: int = 16
    learning_rate: float = 3e-3
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.05
    clip: float = 1.0
    warm_up: int = 100
    cooled: float = 0.2
    per_decade: int = 12
    every: int = 250
    undecayed: tuple[str, ...] = ("position",)
    half: bool = False
    compact: bool = False

    def rate(self, step: int) -> float:
        """Learning rate of the update from `step` to the next."""
        start = round(self.steps * (1 - self.cooled))
        warm = min(1.0, (step + 1) / max(self.warm_up, 1))
        if step < start or self.cooled <= 0:
            return self.learning_rate * warm
        done = (step - start) / max(self.steps - start, 1)
        return self.learning_rate * warm * (0.55 + 0.45 * math.cos(math.pi * done))

    def checkpoint_steps(self) -> list[int]:
        """Steps to save: 0, log-spaced, evenly spaced, the last."""
        decades = math.log10(max(self.steps, 1))
        spaced = (round(10 ** (k / self.per_decade)) for k in range(math.ceil(decades * self.per_decade) + 1))
        return sorted(
            {0, self.steps, *(s for s in spaced if s < self.steps), *range(0, self.steps, self.every)}
        )


def train(
    loss: Callable[[Mapping[str, Tensor], Tensor], Tensor],
    params: Mapping[str, Tensor],
    batch_of: Callable[[int], Tensor],
    settings: Training,
    folder: Path,
    test_loss: Callable[[Mapping[str, Tensor]], float],
    save_every_s: float = 60.0,
    say: Callable[[int, float], None] = lambda step, left_s: None,
) -> None:
    """Train until the last step. Checkpoints and the state stand in `folder`; a training goes on from there.

    loss: (params, batch) → mean loss. batch_of: step → batch. say: called with the step and the
    seconds left whenever the state is saved.
    """
    run = _Run(params, settings, folder)
    wanted, saved_at, started, first = (
        set(settings.checkpoint_steps()),
        time.monotonic(),
        time.monotonic(),
        run.step,
    )
    while True:
        if run.step in wanted:
            run.checkpoint(test_loss(run.params))
        if run.step >= settings.steps:
            break
        run.update(loss, batch_of(run.step))
        if time.monotonic() - saved_at > save_every_s:
            run.save_state()
            saved_at = time.monotonic()
            say(run.step, (saved_at - started) / (run.step - first) * (settings.steps - run.step))
    run.state_path.unlink(missing_ok=True)


class _Run:
    """The weights, the optimiser's state, and what is summed up since the last checkpoint."""

    def __init__(self, params: Mapping[str, Tensor], settings: Training, folder: Path):
        self.settings, self.folder = settings, folder
        self.params = {name: tensor.clone().requires_grad_() for name, tensor in params.items()}
        self.optimiser = torch.optim.AdamW(self._groups(), betas=settings.betas)
        self.state_path = folder / "state.safetensors"
        self.step, self.summed, self.counted, self.spent_s = 0, 0.0, 0, 0.0
        self.unread: dict[int, Tensor] = {}  # step → loss
        self.began = time.monotonic()
        if self.state_path.exists():
            self._resume(self.state_path)
        elif settings.steps in checkpoints.steps(folder):
            self.step = settings.steps + 1

    def _groups(self) -> list[dict]:
        plain = [name for name, tensor in self.params.items() if tensor.dim() < 2 or self._is_spared(name)]
        decayed = [name for name in self.params if name not in plain]
        return [
            {"params": [self.params[name] for name in decayed], "weight_decay": self.settings.weight_decay},
            {"params": [self.params[name] for name in plain], "weight_decay": 0.0},
        ]

    def _is_spared(self, name: str) -> bool:
        return name.split(".")[-1].startswith("b_") or name.startswith(self.settings.undecayed)

    def update(self, loss, batch: Tensor) -> None:
        """One step of AdamW."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.rate(self.step)
        device = next(iter(self.params.values())).device.type
        with torch.autocast(device, torch.bfloat16, enabled=self.settings.half):
            value = loss(self.params, batch)
        self.unread[self.step] = value.detach()
        if len(self.unread) >= READ_EVERY.get(device, 1):
            self.read_losses()
        self.optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.params.values(), self.settings.clip)
        self.optimiser.step()
        self.step += 1

    def read_losses(self) -> None:
        """Sum up the losses since the last reading; an error where one is not finite."""
        if not self.unread:
            return
        for step, value in zip(self.unread, torch.stack(list(self.unread.values())).tolist(), strict=True):
            if not math.isfinite(value):
                raise FloatingPointError(
                    f"training: the loss is {value} at step {step}; lower the learning rate "
                    f"({self.settings.learning_rate:g}) or the gradient clip ({self.settings.clip:g})"
                )
            self.summed, self.counted = self.summed + value, self.counted + 1
        self.unread.clear()

    def checkpoint(self, test_loss: float) -> None:
        """Save the weights with losses and time so far."""
        self.read_losses()
        facts = {
            "step": self.step,
            "examples": self.step * self.settings.batch_size,
            "train_loss": self.summed / self.counted if self.counted else None,
            "test_loss": test_loss,
            "learning_rate": self.settings.rate(max(self.step - 1, 0)),
            "wall_s": round(self.spent_s + time.monotonic() - self.began, 2),
        }
        params = checkpoints.compact(self.params) if self.settings.compact else self.params
        checkpoints.save(checkpoints.path_of(self.folder, self.step), params, facts)
        self.summed, self.counted = 0.0, 0

    def save_state(self) -> None:
        """Everything that an exact continuation needs."""
        self.read_losses()
        facts = {
            "step": self.step,
            "summed": self.summed,
            "counted": self.counted,
            "spent_s": self.spent_s + time.monotonic() - self.began,
        }
        checkpoints.save(self.state_path, adam.state_of(self.params, self.optimiser), facts)

    def _resume(self, path: Path) -> None:
        facts = checkpoints.facts_of(path)
        self.step, self.summed, self.counted = facts["step"], facts["summed"], facts["counted"]
        self.spent_s = facts["spent_s"]
        adam.restore(self.params, self.optimiser, load_file(path))
