"""What a call of log() holds, as rows: nested names, numbers of any library, axes of their own."""

import fnmatch
import numbers
from collections.abc import Iterator, Mapping

LOSSES = ("train_loss", "train/loss", "loss", "training_loss")


def flattened(values: Mapping, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Name → value of all leaves; names of nested dicts are joined by a slash.

    >>> dict(flattened({"train": {"loss": 1.5, "head": {"0": 2}}, "lr": 0.1}))
    {'train/loss': 1.5, 'train/head/0': 2, 'lr': 0.1}
    """
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flattened(value, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", value


def number(value) -> float | None:
    """A number of Python, numpy or torch, or of an array of one; None for anything else."""
    if isinstance(value, bool | numbers.Real):
        return float(value)
    if getattr(value, "size", None) == 1 or (hasattr(value, "numel") and value.numel() == 1):
        return float(value.item())
    return None


def axis_of(name: str, axes: Mapping[str, str]) -> str | None:
    """The metric that a name is drawn over, by patterns → metric, of which the last that fits counts."""
    fitting = [axis for pattern, axis in axes.items() if fnmatch.fnmatchcase(name, pattern)]
    return fitting[-1] if fitting else None
