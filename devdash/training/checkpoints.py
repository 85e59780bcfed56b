"""Checkpoints on disk: a safetensors file per saved step with facts about it, written whole or not at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor


def save(path: Path, tensors: dict[str, Tensor], facts: dict) -> None:
    """A file of tensors with facts (numbers and texts) in its header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        save_file(plain, temporary, {"facts": json.dumps(facts)})
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def facts_of(path: Path) -> dict:
    """The facts in a file's header, without reading its tensors."""
    with safe_open(path, "pt") as file:
        return json.loads((file.metadata() or {}).get("facts", "{}"))


def path_of(folder: Path, step: int) -> Path:
    """Where a step is saved."""
    return folder / f"step-{step:08d}.safetensors"


def steps(folder: Path) -> list[int]:
    """The saved steps, in order."""
    return sorted(int(path.stem.removeprefix("step-")) for path in folder.glob("step-*.safetensors"))


def compact(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """float32 rounded to float16: half the disk, numbers right to 1/2048 of themselves."""
    return {
        name: tensor.half() if tensor.dtype == torch.float32 else tensor for name, tensor in tensors.items()
    }


def load(folder: Path, step: int) -> dict[str, Tensor]:
    """Weights at a saved step, by name; those saved as float16 come as float32."""
    path = path_of(folder, step)
    if not path.exists():
        saved = steps(folder)
        span = f"{saved[0]} … {saved[-1]}" if saved else "none at all"
        raise FileNotFoundError(
            f"no checkpoint of step {step} in {folder.name}; there are {span}: train again"
        )
    return {
        name: tensor.float() if tensor.dtype == torch.float16 else tensor
        for name, tensor in load_file(path).items()
    }
