"""Models of one shape that are trained together: one stack of weights, one program, one folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor
from torch.func import vmap

from devdash.pipeline import progress
from devdash.training import checkpoints
from devdash.training.run import Training, train

TESTED = 1024  # examples behind the test loss of a checkpoint


@dataclass(frozen=True)
class Stack:
    """names: of the models, in their order in the stack. folder: where its checkpoints stand."""

    names: Sequence[str]
    folder: Path

    def train(
        self,
        loss: Callable[[Mapping[str, Tensor], Tensor], Tensor],
        starts: Sequence[Mapping[str, Tensor]],
        draw: Callable[..., Tensor],
        settings: Training,
    ) -> pd.DataFrame:
        """Train, or go on where a kill left it; rows of the table checkpoint.

        loss: (weights of one model, its batch) → mean loss. starts: weights of each model. draw:
        (examples, *what for) → a batch of every model, (model, …): the same for the same arguments.
        """
        params = {name: torch.stack([start[name] for start in starts]) for name in starts[0]}
        each, test = vmap(loss), draw(TESTED, "test")

        def test_loss(params) -> list[float]:
            with torch.no_grad():
                return each(params, test).tolist()

        def say(step: int, left_s: float) -> None:
            left = progress.duration(left_s)
            progress.say(f"{self.folder.name}: step {step:,} of {settings.steps:,}, {left} left")

        train(
            lambda params, batch: each(params, batch).sum(),
            params,
            lambda step: draw(settings.batch_size, "train", step),
            settings,
            self.folder,
            test_loss,
            say=say,
        )
        return self.rows()

    def rows(self) -> pd.DataFrame:
        """Rows of checkpoint, one for each step and model; the training loss is the mean of the stack."""
        rows = []
        for step in checkpoints.steps(self.folder):
            facts = checkpoints.facts_of(checkpoints.path_of(self.folder, step))
            mean = None if facts["train_loss"] is None else facts["train_loss"] / len(self.names)
            for name, loss in zip(self.names, facts["test_loss"], strict=True):
                rows.append(facts | {"model": name, "test_loss": loss, "train_loss": mean})
        return pd.DataFrame(rows)

    def checkpoint(self, name: str, step: int) -> dict[str, Tensor]:
        """Weights of one model at a step."""
        number = self.names.index(name)
        stacked = checkpoints.load(self.folder, step)
        return {key: tensor[number].contiguous() for key, tensor in stacked.items()}
