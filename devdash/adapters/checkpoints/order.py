"""Checkpoints in the order of training, wherever they come from."""

from dataclasses import replace
from typing import Protocol, TypeVar

from torch import Tensor

from devdash.adapters.checkpoints.names import Place


class Stored(Protocol):
    """A checkpoint: the step of training, its name where it lies, and its weights."""

    step: int
    name: str

    def read(self) -> dict[str, Tensor]:
        """Name → tensor, as they are stored."""

    def identity(self) -> dict[str, str | int]:
        """What stays as it is while nobody touches the weights."""


One = TypeVar("One", bound=Stored)


def in_order(places: dict[Place, list[One]], where: str) -> tuple[One, ...]:
    """Sorted by stage and step, steps counted on from stage to stage.

    Raises ValueError where several stand at one place.
    """
    twice = [", ".join(one.name for one in ones) for ones in places.values() if len(ones) > 1]
    if twice:
        raise ValueError(f"{where}: several checkpoints of one step ({'; '.join(twice)}); keep one")
    ordered, stage, offset = [], None, 0
    for place in sorted(places):
        if place.stage != stage:
            stage, offset = place.stage, ordered[-1].step if ordered else 0
        ordered.append(replace(places[place][0], step=place.step + offset))
    return tuple(ordered)
