"""Which weights move: all, some parameters, or some entries of them (refined LLC).

Moving weights are one flat vector per chain; frozen weights are shared by all chains.
Source of the refined LLC: Wang et al. 2024 (arXiv 2410.02984), section 2.
"""

import difflib
import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from devdash.sampling.ties import tied

HALF = (torch.bfloat16, torch.float16)


@dataclass(frozen=True)
class Moving:
    """names: the parameters that move; index: which entries of each (None: all of them).

    shapes and dtypes: of every parameter of the model. ties: name → the other names of its tensor, which
    move with it and are not in `names`.
    """

    names: tuple[str, ...]
    index: dict[str, Tensor | None]
    shapes: dict[str, torch.Size]
    dtypes: dict[str, torch.dtype]
    ties: dict[str, list[str]] = field(default_factory=dict)

    def all_names(self) -> list[str]:
        """The names that move, with those of tied parameters."""
        return [*self.names, *(other for name in self.names for other in self.ties.get(name, ()))]

    def sizes(self) -> list[int]:
        """Number of moving entries of each parameter."""
        return [
            self.shapes[name].numel() if self.index[name] is None else len(self.index[name])
            for name in self.names
        ]

    def flatten(self, params: Mapping[str, Tensor]) -> Tensor:
        """Moving entries as one vector (weight,), in float32 at least: noise would vanish in bf16."""
        parts = []
        for name in self.names:
            flat = params[name].reshape(-1)
            part = flat if self.index[name] is None else flat[self.index[name]]
            parts.append(part.float() if part.dtype in HALF else part)
        return torch.cat(parts)

    def split(self, vector: Tensor) -> dict[str, Tensor]:
        """The vector (…, weight) by parameter: views (…, moving entries)."""
        return dict(zip(self.names, vector.split(self.sizes(), dim=-1), strict=True))

    def place(self, pieces: Mapping[str, Tensor], params: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All parameters, with the moving entries taken from the pieces of `split`."""
        full = dict(params)
        for name, moved in pieces.items():
            index, part = self.index[name], moved.to(self.dtypes[name])
            flat = part if index is None else params[name].reshape(-1).scatter(0, index, part)
            full[name] = flat if flat.shape == self.shapes[name] else flat.reshape(self.shapes[name])
            for other in self.ties.get(name, ()):
                full[other] = full[name]
        return full

    def leaves(self, vector: Tensor) -> dict[str, Tensor]:
        """The vector (weight,) by parameter, each to be differentiated by, whole ones in their shape.

        Between a leaf and its use stands no view, so that the backward pass is done with the gradient
        of one parameter before it makes the next.
        """
        pieces = {}
        for name, piece in self.split(vector.detach()).items():
            shaped = piece if self.index[name] is not None else piece.view(self.shapes[name])
            pieces[name] = shaped.requires_grad_()
        return pieces


def select(params: Mapping[str, Tensor], component=None) -> Moving:
    """What moves.

    component: None (all weights); a name, a pattern ("blocks.1.*": a layer, "*.bias": a kind), or a
    list of these; or name or pattern → boolean mask, row number, list of row numbers or slice (one head's
    rows), or a tuple of these, one for each dimension; or a `Moving`. Names of one tensor (tied weights)
    move as one.

    >>> params = {"embed": torch.zeros(5, 3), "head.weight": torch.zeros(4, 2, 3)}
    >>> moving = select(params, {"head.*": 2})  # the third head's rows
    >>> moving.names, moving.sizes()
    (('head.weight',), [6])
    >>> moving.flatten(params).shape
    torch.Size([6])
    """
    if isinstance(component, Moving):
        return component
    try:
        parts = component if isinstance(component, Mapping) else dict.fromkeys(_listed(params, component))
    except TypeError:
        raise ValueError(
            f"component: {component!r} given, expected a name, a pattern, a list of these, or name → mask, "
            "row or slice"
        ) from None
    chosen = {name: part for key, part in parts.items() for name in _match(params, key)}
    index, ties = tied(params, {name: _index(name, params[name], part) for name, part in chosen.items()})
    shapes = {name: tensor.shape for name, tensor in params.items()}
    dtypes = {name: tensor.dtype for name, tensor in params.items()}
    moving = Moving(tuple(index), index, shapes, dtypes, ties)
    if sum(moving.sizes()) == 0:
        raise ValueError(f"component: {component!r} selects no weight")
    fixed = [name for name in moving.names if not params[name].is_floating_point()]
    if fixed:
        raise ValueError(
            f"component: {fixed[0]!r} is {params[fixed[0]].dtype}, expected floating point weights; "
            "name those that move in component=, or convert it with .float()"
        )
    return moving


def _listed(params, component) -> list[str]:
    if component is None:
        return list(params)
    return [component] if isinstance(component, str) else list(component)


def _match(params, key: str) -> list[str]:
    if key in params:
        return [key]
    names = [name for name in params if fnmatch.fnmatchcase(name, str(key))]
    if not names:
        near = difflib.get_close_matches(str(key), params, n=3, cutoff=0.4)
        hint = f"near names: {', '.join(near)}" if near else f"there are {', '.join(list(params)[:20])}"
        raise ValueError(f"component: no parameter {key!r}; {hint}")
    return names


def _index(name: str, tensor: Tensor, part) -> Tensor | None:
    """Places of the moving entries in the flattened parameter; None for all of them."""
    if part is None:
        return None
    if isinstance(part, Tensor):
        if part.shape != tensor.shape or part.dtype != torch.bool:
            raise ValueError(
                f"component: mask of {name!r} is {part.dtype} {tuple(part.shape)}, "
                f"expected torch.bool {tuple(tensor.shape)}"
            )
        return part.reshape(-1).nonzero()[:, 0].to(tensor.device)
    places = torch.arange(tensor.numel(), device=tensor.device).reshape(tensor.shape)
    try:
        return places[_counted(part)].reshape(-1).unique()
    except (IndexError, TypeError, ValueError):
        raise ValueError(
            f"component: {part!r} is no row or slice of {name!r} with shape {tuple(tensor.shape)}"
        ) from None


def _counted(part):
    """An index as NumPy reads it: a list or range counts rows, a tuple has one index for each dimension.

    torch alone takes any other sequence for a tuple.
    """
    return torch.as_tensor(part) if isinstance(part, Sequence) and not isinstance(part, tuple) else part
