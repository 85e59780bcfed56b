"""Where checkpoints of a run come from: a recorded run, a folder of someone's own, or the hub."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from torch import Tensor

from devdash.adapters.checkpoints import PREFIX, Stored, read_folder, revisions
from devdash.discovery import near
from devdash.store.runs import StoreError, is_name, run_folder

NOT_IN_NAMES = r"[^a-z0-9._-]+"


@dataclass(frozen=True)
class Source:
    """name: of the run. place: a folder of checkpoints, or "hub:owner/name". recorded: whether `devdash.init`
    made them."""

    name: str
    place: Path | str
    recorded: bool

    @property
    def checkpoints(self) -> dict[int, Stored]:
        """Step → checkpoint, in order, as they are there now."""
        return _listed(self.place)

    @property
    def stepless(self) -> tuple[str, ...]:
        """Names in a folder that hold weights but state no step, and are passed over."""
        return () if isinstance(self.place, str) else read_folder(self.place).stepless

    def read(self, step: int) -> dict[str, Tensor]:
        """Weights of a checkpoint as they are stored."""
        return _checkpoint(self.place, step).read()

    def where(self, step: int) -> str:
        """What errors call a checkpoint."""
        return f"checkpoint {_checkpoint(self.place, step).name}"


def _checkpoint(place: Path | str, step: int) -> Stored:
    """The checkpoint of a step; the place is looked at again where it may have come since."""
    if step not in _checkpoints(place):
        _checkpoints.cache_clear()
    return _checkpoints(place)[step]


@lru_cache(maxsize=2)
def _checkpoints(place: Path | str) -> dict[int, Stored]:
    return _listed(place)


def _listed(place: Path | str) -> dict[int, Stored]:
    on_hub = isinstance(place, str)
    there = revisions(place.removeprefix(PREFIX)) if on_hub else read_folder(place).checkpoints
    return {one.step: one for one in there}


def source_of(run: str | Path, name: str | None, data: Path) -> Source:
    """The source that a user names: a run of the data folder, a folder of checkpoints, or "hub:owner/name".

    name: of the run to write, by default the recorded one's, or a name after the folder's.
    """
    recorded = is_name(run) and (data / "runs" / run).is_dir()
    if recorded:
        return Source(name or run, data.absolute() / "checkpoints" / run, name in (None, run))
    if isinstance(run, str) and run.startswith(PREFIX):
        return Source(name or named_after(Path(run.removeprefix(PREFIX))), run, False)
    folder = Path(run).absolute()
    if not folder.is_dir():
        runs = [path.name for path in (data / "runs").glob("*")] if (data / "runs").is_dir() else []
        listed = near(str(run), runs) if runs else "no run is recorded there yet"
        raise StoreError(
            f"{str(run)!r} is neither a run of {data} nor a folder of checkpoints, nor {PREFIX}owner/name; "
            f"of runs, {listed}"
        )
    return Source(name or named_after(folder), folder, False)


def named_after(folder: Path) -> str:
    """A run's name made of a folder's: 'My Model/ckpts' → 'my-model-ckpts'."""
    parts = [folder.name] if folder.name.lower() not in ("checkpoints", "ckpts") else folder.parts[-2:]
    name = re.sub(NOT_IN_NAMES, "-", "-".join(parts).lower()).strip("-._")[:100]
    run_folder(folder, name or "run")
    return name or "run"
