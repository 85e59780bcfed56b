"""What other experiments may use of a finished run: `LanguageSource` of precompute.measured_run."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from devdash.models.transformer import Shape
from devdash.pipeline.experiment import Workspace
from devdash.training import checkpoints
from precompute.language import elsewhere
from precompute.language.data import COUNTED, Texts, texts_of
from precompute.language.llc import training_sequences
from precompute.language.models import MAIN, TWIN, checkpoint, folder_of, models


@dataclass(frozen=True)
class Source:
    """A run by its configuration and workspace."""

    config: Any
    workspace: Workspace
    main: str = MAIN
    twin: str = TWIN

    @property
    def shape(self) -> Shape:
        return self.config.shape

    @property
    def window(self) -> int:
        return self.config.llc.window or self.config.shape.context

    @property
    def steps(self) -> list[int]:
        return self.config.training.checkpoint_steps()

    @property
    def shares(self) -> dict[str, float]:
        return self._texts.shares

    def steps_of(self, model: str) -> list[int]:
        return models(self.config)[model].steps

    def checkpoint(self, model: str, step: int) -> dict[str, Tensor]:
        return checkpoint(self.config, self.workspace, model, step)

    def sequences(self, count: int, kind: str, seed: int, split: str, window: int | None = None) -> Tensor:
        return self._texts.sequences(count, kind, seed, split, window)

    def llc_data(self, count: int, kind: str) -> Tensor:
        return training_sequences(self.config, self.workspace, count, kind)

    def training_tokens(self):
        return self._texts.streams.counted(COUNTED)

    @property
    def _texts(self) -> Texts:
        return texts_of(self.config, self.workspace)


def source(config, workspace: Workspace) -> Source:
    """What a run offers; a FileNotFoundError where its checkpoints are gone."""
    if not all(checkpoints.steps(folder_of(config, workspace, model)) for model in (MAIN, TWIN)):
        raise FileNotFoundError(f"no checkpoints in {elsewhere.folder(config, workspace)}")
    return Source(config, workspace)
