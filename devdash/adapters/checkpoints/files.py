"""Tensors of one checkpoint, a file or a folder: safetensors (also sharded), torch's files, Lightning's."""

import json
import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from devdash.adapters.checkpoints.names import EXTENSIONS

FIRST = (  # of a folder's files the weights, where several hold tensors
    "model.safetensors.index.json",
    "model.safetensors",
    "pytorch_model.bin.index.json",
    "pytorch_model.bin",
)
ASIDE = ("optimizer", "scheduler", "rng_state", "scaler", "training_args", "state.", "trainer")
SHARD = re.compile(r"-\d+-of-(\d+)\.")  # 2 of 3
KEYS = ("state_dict", "model_state_dict", "model", "module", "weights", "params")


def weights_in(path: Path) -> Path | None:
    """The file of a checkpoint's weights: itself, or that of a folder; None where there is none.

    Raises ValueError where a folder holds several that could be, or shards without their index.
    """
    if path.is_file():
        return path if path.name.endswith(EXTENSIONS) and not path.name.startswith(ASIDE) else None
    for name in FIRST:
        if (path / name).is_file():
            return path / name
    files = [file for file in sorted(path.iterdir()) if file.is_file() and weights_in(file)]
    names = ", ".join(file.name for file in files[:10])
    if any((shard := SHARD.search(file.name)) and int(shard[1]) > 1 for file in files):
        raise ValueError(
            f"checkpoint {path.name} holds shards without their index: {names}; put the file that says "
            f"what each holds beside them ({FIRST[0]})"
        )
    if len(files) > 1:
        raise ValueError(f"checkpoint {path.name} holds several files of weights: {names}; keep one")
    return files[0] if files else None


def read(file: Path) -> dict[str, Tensor]:
    """Name → tensor, on the CPU. Raises ValueError, with the file's name, where it cannot be read."""
    if file.name.endswith(".index.json"):
        return _sharded(file)
    try:
        if file.suffix == ".safetensors":
            return load_file(file)
        content = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(
            f"{file.name} holds more than tensors and plain values ({_kind(error)}), which would run code of "
            "its own; where you trust it, load it once with weights_only=False and save its state dict alone"
        ) from None
    except (SafetensorError, RuntimeError, EOFError, OSError) as error:
        raise ValueError(
            f"{file.name} cannot be read ({_first_line(error)}); copy or save it again"
        ) from None
    return _state_in(content, file)


def _sharded(index: Path) -> dict[str, Tensor]:
    """The tensors of all shards, each of the names that the index lists."""
    places = _places(index)
    missing = sorted({name for name in places.values() if not (index.parent / name).exists()})
    if missing:
        raise ValueError(f"{index.name} in {index.parent.name} names shards that are not there: {missing}")
    state = {}
    for shard in sorted(set(places.values())):
        state |= read(index.parent / shard)
    lost = sorted(places.keys() - state.keys())
    if lost:
        raise ValueError(f"{index.name} in {index.parent.name} lists {lost[:10]}, which no shard holds")
    return state


def _places(index: Path) -> dict[str, str]:
    """Name → shard, a file of weights beside the index: never one elsewhere, and no further index."""
    try:
        places = json.loads(index.read_text("utf-8"))["weight_map"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"{index.name} cannot be read ({_first_line(error)}); copy it again") from None
    shards = places.values() if isinstance(places, dict) else [places]
    odd = [s for s in shards if not (isinstance(s, str) and s == Path(s).name and s.endswith(EXTENSIONS))]
    if odd:
        raise ValueError(f"{index.name} names {str(odd[0])[:80]!r} as a shard; expected a file beside it")
    return places


def _state_in(content, file: Path) -> dict[str, Tensor]:
    """The state dict in what torch.load gave: itself, or under one of the usual keys."""
    if isinstance(content, Mapping):
        for part in (*(content.get(key) for key in KEYS), content):
            if isinstance(part, Mapping) and any(isinstance(value, Tensor) for value in part.values()):
                return {name: value for name, value in part.items() if isinstance(value, Tensor)}
        keys = ", ".join(map(repr, list(content)[:10]))
        raise ValueError(f"{file.name} has {keys}, expected a state dict or one under {', '.join(KEYS)}")
    raise ValueError(f"{file.name} holds a {type(content).__name__}, expected a state dict (name → tensor)")


def _kind(error: Exception) -> str:
    """What torch refuses to make, such as pathlib.PosixPath."""
    refused = re.search(r"GLOBAL (\S+)", str(error))
    return refused[1] if refused else _first_line(error)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]
