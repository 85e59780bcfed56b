"""Components by name: "l0h1", "l0 attn", "l0 mlp", "embed", a module's or tensor's name, or a mask."""

import re
from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd
import torch
from torch import Tensor

from devdash.adapters.task import Task
from devdash.discovery import near
from devdash.sampling.components import select

HEAD = re.compile(r"(?:l|layer |head )?(\d+)[ .]?(?:h|head |\.)(\d+)", re.IGNORECASE)
LISTED = 12  # names of each kind in an error


def component_named(task: Task, component) -> object:
    """A component as samplers take it, from what people write.

    component: a name ("l0h1", "head 0.1", "l0 attn", "l0 mlp", "embed", a module, a tensor, a pattern), a
    list of names, name → rows or mask, or masks of all parameters (name → tensor, True where a weight
    moves), as devinterp's `param_masks` are. Raises ValueError with the near names where there is none.
    """
    if isinstance(component, Mapping):
        return _masks(task, component)
    if isinstance(component, str):
        return _named(task, component)
    if component is None:
        return None
    if not isinstance(component, list | tuple | set):
        raise ValueError(
            f'component: {type(component).__name__} given, expected a name ("l0h1", a module, a tensor), a '
            "list of names, or tensor → rows or mask"
        )
    return _union(task, [component_named(task, part) for part in component])


def _union(task: Task, parts: list) -> object:
    """All of several components: what moves in any of them."""
    if all(isinstance(part, list) for part in parts):
        return [name for part in parts for name in part]
    point, masks = task.point(), {}
    for part in parts:
        moving = select(point, part)
        for name in moving.names:
            mask = masks.setdefault(name, torch.zeros(point[name].shape, dtype=torch.bool))
            places = slice(None) if moving.index[name] is None else moving.index[name]
            mask.view(-1)[places] = True
    return masks


def _masks(task: Task, component: Mapping) -> Mapping:
    """Masks as they are, without those that let nothing move; numbers 0 and 1 count as bool."""
    kept = {}
    for name, part in component.items():
        if isinstance(part, Tensor) and part.dtype != torch.bool:
            part = part.bool()
        if not isinstance(part, Tensor) or bool(part.any()):
            kept[name] = part
    return kept


def _named(task: Task, name: str) -> object:
    heads, parts = task.heads or MappingProxyType({}), task.parts or MappingProxyType({})
    if name in heads or name in parts:
        return heads.get(name, parts.get(name))
    if match := HEAD.fullmatch(name):
        head = f"head {match[1]}.{match[2]}"
        if head in heads:
            return heads[head]
    tensors = list(task.point()) if task.model is not None else []
    within = [tensor for tensor in tensors if tensor.startswith(f"{name}.")]
    if within or name in tensors or any(character in name for character in "*?["):
        return within or [name]
    hint = _hint(name, heads, parts, tensors)
    raise ValueError(f"component {name!r}: no head, part, module or tensor; {hint}")


def _hint(name: str, *kinds) -> str:
    """Names like this one, or the first names of each kind."""
    every = [other for kind in kinds for other in kind]
    if (alike := near(name, every)).startswith("did"):
        return alike
    first = [", ".join(list(kind)[:LISTED]) + ", …" * (len(kind) > LISTED) for kind in kinds if kind]
    return f"there are {'; '.join(first)}"


def preview(task: Task, component=None) -> pd.DataFrame:
    """What a component holds: one row per tensor, with name, shape, moving weights, and their share of it.

    The last row is of all together, with the share of all weights of the model that move.
    """
    point = task.point()
    whole = select(point, task.moving(point))
    chosen = whole if component is None else select(point, component_named(task, component))
    rows = [
        {
            "name": name,
            "shape": " × ".join(map(str, chosen.shapes[name])),
            "weights": size,
            "share": size / chosen.shapes[name].numel(),
        }
        for name, size in zip(chosen.names, chosen.sizes(), strict=True)
    ]
    total = sum(chosen.sizes())
    rows.append({"name": "together", "shape": "", "weights": total, "share": total / sum(whole.sizes())})
    return pd.DataFrame(rows)
