"""All checkpoints of a folder, sorted by the numbers in their names."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from devdash.adapters.checkpoints.files import read, weights_in
from devdash.adapters.checkpoints.names import Place, place_in
from devdash.adapters.checkpoints.order import in_order


@dataclass(frozen=True)
class Checkpoint:
    """step: of training. name: of its file or folder. file: where its weights stand."""

    step: int
    name: str
    file: Path

    def read(self) -> dict[str, Tensor]:
        """Name → tensor, as they are stored."""
        return read(self.file)

    def identity(self) -> dict[str, str | int]:
        """What stays as it is while nobody touches the weights."""
        stat = self.file.stat()
        return {"file": str(self.file), "bytes": stat.st_size, "modified_ns": stat.st_mtime_ns}


@dataclass(frozen=True)
class Folder:
    """checkpoints: in order of step. ignored: names in the folder that state no step or hold no weights.
    stepless: those of them that hold weights."""

    checkpoints: tuple[Checkpoint, ...]
    ignored: tuple[str, ...]
    stepless: tuple[str, ...]


def read_folder(folder: Path) -> Folder:
    """The checkpoints of a folder, or of a Hugging Face cache folder with a revision for each step.

    Stages ("stage2-step-1000") follow each other: a later stage's steps go on from the last step of the
    one before. Raises FileNotFoundError where there is no checkpoint, and ValueError where two state the
    same step.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder}: expected one with checkpoints such as step1000/")
    places: dict[Place, list[Checkpoint]] = defaultdict(list)
    ignored, stepless = [], []
    for name, path in _entries(folder):
        place = place_in(name)
        file = None if place is None else weights_in(path)
        if file is None:
            ignored.append(name)
            stepless += [name] if place is None and _holds_weights(path) else []
        else:
            places[place].append(Checkpoint(place.step, name, file))
    if not places:
        held = without_step(stepless) if stepless else f"which holds {', '.join(ignored[:10]) or 'nothing'}"
        raise FileNotFoundError(f"no checkpoint in {folder}, {held}; expected step1000/ or the like")
    return Folder(in_order(places, folder.name), tuple(ignored), tuple(stepless))


def without_step(names: Sequence[str]) -> str:
    """What is said of checkpoints that are passed over for their names.

    >>> without_step(["gpt2_1000.pt"])
    'where names state no step, or several numbers and no word such as "step" before one: gpt2_1000.pt'
    """
    listed = ", ".join(names[:10]) + ", …" * (len(names) > 10)
    return f'where names state no step, or several numbers and no word such as "step" before one: {listed}'


def _holds_weights(path: Path) -> bool:
    try:
        return weights_in(path) is not None
    except ValueError:  # several files of weights
        return True


def _entries(folder: Path) -> list[tuple[str, Path]]:
    """Name → path of what may be a checkpoint; in the cache's layout the revisions, by their names."""
    if (folder / "refs").is_dir() and (folder / "snapshots").is_dir():
        refs = [path for path in sorted((folder / "refs").rglob("*")) if path.is_file()]
        snapshots = {ref.name: folder / "snapshots" / ref.read_text("utf-8").strip() for ref in refs}
        return [(name, path) for name, path in snapshots.items() if path.is_dir()]
    return [(path.name, path) for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
