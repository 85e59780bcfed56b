"""A run that another experiment measures, and what it has to offer for that."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from devdash.models.transformer import Shape
from devdash.pipeline.experiment import Experiment, Workspace
from devdash.pipeline.run import Run
from devdash.pipeline.settings import describe, override
from devdash.store.runs import StoreError, is_finished
from precompute import discover


class LanguageSource(Protocol):
    """What an experiment that trains language models offers of one finished run.

    main: name of the model that is measured; twin: of one with a single layer. steps: of the main one's
    checkpoints, in order. window: tokens of the sequences behind λ̂. shares: kind of text → its share in
    training. workspace: the run's tables.
    """

    main: str
    twin: str
    shape: Shape
    steps: list[int]
    window: int
    shares: dict[str, float]
    workspace: Workspace

    def checkpoint(self, model: str, step: int) -> dict[str, Tensor]:
        """Weights of a model at a step."""
        ...

    def steps_of(self, model: str) -> list[int]:
        """Steps of a model's checkpoints: the twin's may end earlier."""
        ...

    def sequences(self, count: int, kind: str, seed: int, split: str, window: int | None = None) -> Tensor:
        """(count, 1 + window) tokens of one kind of text, or of "all", mixed as in training.

        window: None for the context.
        """
        ...

    def llc_data(self, count: int, kind: str) -> Tensor:
        """The training sequences that λ̂ of whole models is measured on, (count, 1 + context)."""
        ...

    def training_tokens(self) -> dict[str, Tensor]:
        """Kind of text → training tokens in which n-grams are counted, (token,)."""
        ...


@dataclass(frozen=True)
class MeasuredRun:
    """A run by its experiment, its preset, and settings that differ from the preset's, as for --set."""

    experiment: str
    preset: str
    settings: tuple[str, ...] = ()

    @property
    def config(self) -> Any:
        """All settings of the run."""
        return override(self._experiment.presets[self.preset], list(self.settings))

    @property
    def parameters(self) -> int:
        """Weights of its largest model."""
        return self._experiment.parameters(self.config)

    def describe(self) -> dict:
        """For run.json: with all settings, so that another run is another configuration."""
        return vars(self) | {"config": describe(self.config)}

    def source(self, workspace: Workspace) -> Any:
        """What the experiment offers of its run of this seed, in the data folder of a workspace.

        A StoreError says how to make the run where it is not there, not finished or without checkpoints.
        """
        return _source(self, workspace.folder.parents[1], workspace.seed)

    @property
    def _experiment(self) -> Experiment:
        experiments = discover()
        if self.experiment not in experiments or experiments[self.experiment].source is None:
            sources = [name for name, one in experiments.items() if one.source is not None]
            raise ValueError(f"source.experiment={self.experiment!r} given, expected one of {sources}")
        return experiments[self.experiment]


@lru_cache
def _source(measured: MeasuredRun, data: Path, seed: int) -> Any:
    experiment = measured._experiment
    run = Run(experiment, measured.preset, measured.config, seed)
    workspace = run.workspace(data)
    command = f"python -m precompute {experiment.name} --preset {run.preset} --seeds {seed}"
    if measured.settings:
        command += f" --set {' '.join(measured.settings)}"
    if not is_finished(workspace.folder):
        raise StoreError(f"no finished run {run.name} in {workspace.folder.parent}; first run {command}")
    try:
        return experiment.source(run.config, workspace)
    except FileNotFoundError as error:
        raise StoreError(
            f"{error}: they are not part of a copied run. "
            f"Remove the folder {workspace.folder} and run {command}"
        ) from None
