"""Examples in whatever form people have them, as tensors of equal first dimension that share their memory."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset, default_collate

KINDS = (
    "tensors, numpy arrays or memmaps (one, a tuple, or name → array), a torch Dataset, a DataLoader, or a "
    "Hugging Face Dataset"
)
WHOLE = 64  # examples of a map-style Dataset that are collated at once


@dataclass(frozen=True)
class Examples:
    """tensors: each (example, …). names: of the columns, where the data name them, else None."""

    tensors: tuple[Tensor, ...]
    names: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.tensors[0])

    def batch(self, tensors: tuple[Tensor, ...]):
        """A minibatch as a user's functions get it: name → tensor where columns are named, else a tuple."""
        return tensors if self.names is None else dict(zip(self.names, tensors, strict=True))


def examples(data) -> Examples:
    """Data as tensors (example, …). Arrays and memmaps are not copied.

    Raises TypeError where the data are of none of the kinds, and ValueError where their columns are ragged
    or of different lengths, or where there is no example.

    >>> examples((np.zeros((3, 2)), np.arange(3))).tensors[0].shape
    torch.Size([3, 2])
    """
    columns = _columns(data)
    names = tuple(columns) if isinstance(columns, Mapping) else None
    values = list(columns.values()) if names else list(columns)
    labels = names or [f"column {place}" for place in range(len(values))]
    tensors = tuple(_tensor(value, label) for value, label in zip(values, labels, strict=True))
    sizes = {label: len(tensor) for label, tensor in zip(labels, tensors, strict=True)}
    if not tensors or len(set(sizes.values())) > 1 or 0 in sizes.values():
        raise ValueError(f"data: {sizes or 'nothing'} given, expected columns with equally many examples")
    return Examples(tensors, names)


def _columns(data):
    """Name → column, or a sequence of columns."""
    if isinstance(data, Tensor | np.ndarray):
        return (data,)
    if isinstance(data, TensorDataset):
        return data.tensors
    if hasattr(data, "with_format") and hasattr(data, "column_names"):
        return _of_hugging_face(data)
    if isinstance(data, DataLoader):
        return _joined(_in_order(data))
    if isinstance(data, IterableDataset):
        return _joined(default_collate([example]) for example in data)
    if isinstance(data, Dataset):
        return _joined(DataLoader(data, batch_size=WHOLE))
    if isinstance(data, Mapping) or (isinstance(data, tuple | list) and data):
        return data
    raise TypeError(f"data: {type(data).__name__} given, expected {KINDS}")


def _of_hugging_face(data):
    """Name → column of a Dataset, also one that is streamed. A dictionary of splits is refused."""
    if isinstance(data, Mapping):
        splits, first = ", ".join(data), next(iter(data))
        raise TypeError(f"data: splits {splits} given, expected one of them: data[{first!r}]")
    formatted = data.with_format("torch")
    if hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        return dict(formatted[:])
    return _joined(default_collate([example]) for example in formatted)


def _in_order(loader: DataLoader):
    """The loader's batches without its shuffling, so that examples keep their places from call to call."""
    if isinstance(loader.dataset, IterableDataset):
        return loader
    size = loader.batch_size or WHOLE
    return DataLoader(
        loader.dataset, batch_size=size, collate_fn=loader.collate_fn if loader.batch_size else None
    )


def _joined(batches):
    """The columns of all batches, one after the other."""
    parts = [batch if isinstance(batch, Mapping | tuple | list) else (batch,) for batch in batches]
    if not parts:
        return ()
    first = parts[0]
    if isinstance(first, Mapping):
        return {name: _cat([part[name] for part in parts], name) for name in first}
    return [_cat([part[place] for part in parts], f"column {place}") for place in range(len(first))]


def _cat(pieces, label: str) -> Tensor:
    try:
        return torch.cat([torch.as_tensor(piece) for piece in pieces])
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(
            f"data: {label} has examples of different shapes or kinds ({error}); pad them"
        ) from error


def _tensor(value, label: str) -> Tensor:
    if isinstance(value, Tensor):
        tensor = value.detach()
    else:
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=".*not writable.*")  # it is only read
                tensor = torch.as_tensor(np.asanyarray(value))
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"data: {label} is {type(value).__name__} and makes no tensor ({error}); are its examples of "
                "different lengths? pad them"
            ) from error
    if tensor.dim() == 0:
        raise ValueError(f"data: {label} is a single number, expected one entry for each example")
    return tensor
