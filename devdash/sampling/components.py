"""Which weights move: all, some parameters by name, or some entries by mask (refined LLC).

Moving weights are one flat vector per chain; frozen weights are shared by all chains.
Source of the refined LLC: Wang et al. 2024 (arXiv 2410.02984), section 2.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Moving:
    """names: the parameters that move; index: which entries of each (None: all of them)."""

    names: tuple[str, ...]
    index: dict[str, Tensor | None]
    shapes: dict[str, torch.Size]

    def sizes(self) -> list[int]:
        """Number of moving entries of each parameter."""
        return [
            self.shapes[name].numel() if self.index[name] is None else len(self.index[name])
            for name in self.names
        ]

    def flatten(self, params: Mapping[str, Tensor]) -> Tensor:
        """Moving entries as one vector (weight,)."""
        parts = []
        for name in self.names:
            flat = params[name].reshape(-1)
            parts.append(flat if self.index[name] is None else flat[self.index[name]])
        return torch.cat(parts)

    def unflatten(self, vector: Tensor, params: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All parameters, with the moving entries taken from the vector (weight,)."""
        full = dict(params)
        for name, part in zip(self.names, vector.split(self.sizes()), strict=True):
            index = self.index[name]
            flat = part if index is None else params[name].reshape(-1).scatter(0, index, part)
            full[name] = flat.reshape(self.shapes[name])
        return full


def select(params: Mapping[str, Tensor], component=None) -> Moving:
    """What moves. component: None (all), names, or a mapping of name → boolean mask."""
    masks = component if isinstance(component, Mapping) else {}
    names = tuple(params if component is None else _names(component))
    for name in names:
        if name not in params:
            raise ValueError(f"component: no parameter {name!r}; there are {', '.join(params)}")
        mask = masks.get(name)
        if mask is not None and (mask.shape != params[name].shape or mask.dtype != torch.bool):
            raise ValueError(
                f"component: mask of {name!r} is {mask.dtype} {tuple(mask.shape)}, "
                f"expected torch.bool {tuple(params[name].shape)}"
            )
    index = {n: masks[n].reshape(-1).nonzero()[:, 0] if n in masks else None for n in names}
    moving = Moving(names, index, {name: params[name].shape for name in names})
    if sum(moving.sizes()) == 0:
        raise ValueError(f"component: {component!r} selects no weight")
    return moving


def _names(component: Iterable[str]) -> list[str]:
    return [component] if isinstance(component, str) else list(component)
