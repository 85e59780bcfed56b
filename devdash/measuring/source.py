"""Where checkpoints of a run come from: a recorded run, or a folder of someone's own."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from torch import Tensor

from devdash.adapters.checkpoints import Checkpoint, read_folder
from devdash.discovery import near
from devdash.store.runs import RUN_NAME, StoreError, run_folder

NOT_IN_NAMES = r"[^a-z0-9._-]+"


@dataclass(frozen=True)
class Source:
    """name: of the run. folder: of its checkpoints. recorded: whether `devdash.init` made them."""

    name: str
    folder: Path
    recorded: bool

    @property
    def checkpoints(self) -> dict[int, Checkpoint]:
        """Step → checkpoint, in order, as they are on the disk now."""
        return {one.step: one for one in read_folder(self.folder).checkpoints}

    def read(self, step: int) -> dict[str, Tensor]:
        """Weights of a checkpoint as they are stored."""
        return _checkpoint(self.folder, step).read()

    def where(self, step: int) -> str:
        """What errors call a checkpoint."""
        return f"checkpoint {_checkpoint(self.folder, step).name}"


def _checkpoint(folder: Path, step: int) -> Checkpoint:
    """The checkpoint of a step; the folder is looked at again where it may have come since."""
    if step not in _checkpoints(folder):
        _checkpoints.cache_clear()
    return _checkpoints(folder)[step]


@lru_cache(maxsize=2)
def _checkpoints(folder: Path) -> dict[int, Checkpoint]:
    return {one.step: one for one in read_folder(folder).checkpoints}


def source_of(run: str | Path, name: str | None, data: Path) -> Source:
    """The source that a user names: a run of the data folder, or a folder of checkpoints.

    name: of the run to write, by default the recorded one's, or a name after the folder's.
    """
    recorded = isinstance(run, str) and bool(RUN_NAME.match(run)) and (data / "runs" / run).is_dir()
    if recorded:
        return Source(name or run, data.absolute() / "checkpoints" / run, name in (None, run))
    folder = Path(run).absolute()
    if not folder.is_dir():
        runs = [path.name for path in (data / "runs").glob("*")] if (data / "runs").is_dir() else []
        listed = near(str(run), runs) if runs else "no run is recorded there yet"
        raise StoreError(
            f"{str(run)!r} is neither a run of {data} nor a folder of checkpoints; of runs, {listed}"
        )
    return Source(name or named_after(folder), folder, False)


def named_after(folder: Path) -> str:
    """A run's name made of a folder's: 'My Model/ckpts' → 'my-model-ckpts'."""
    parts = [folder.name] if folder.name.lower() not in ("checkpoints", "ckpts") else folder.parts[-2:]
    name = re.sub(NOT_IN_NAMES, "-", "-".join(parts).lower()).strip("-._")[:100]
    run_folder(folder, name or "run")
    return name or "run"
