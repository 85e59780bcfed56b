"""Parameters that are one tensor under several names, such as tied embeddings: moved as one, counted once."""

from collections import defaultdict
from collections.abc import Mapping

import torch
from torch import Tensor

Index = dict[str, Tensor | None]


def tied(params: Mapping[str, Tensor], index: Index) -> tuple[Index, dict[str, list[str]]]:
    """The moving entries with each tensor under one of its names, and the other names by that one.

    index: parameter → which of its entries move, (entry,), or None for all. Raises ValueError where a
    moving parameter shares memory with another that is not the same tensor.
    """
    groups, once, ties = _groups(params), {}, {}
    for name, entries in index.items():
        names = groups.get(place_of(params[name]), [name])
        first = next((other for other in names if other in once), name)
        once[first] = _union(once[first], entries) if first in once else entries
        others = [other for other in names if other != first]
        if others:
            ties[first] = others
    _refuse_overlap(params, once)
    return once, ties


def detached(params: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Parameters that are not differentiated; the names of one tensor stay names of one tensor."""
    once = {}
    return {name: once.setdefault(place_of(tensor), tensor.detach()) for name, tensor in params.items()}


def place_of(tensor: Tensor) -> tuple:
    """Where the tensor lies in memory, and how.

    >>> w = torch.zeros(2, 3)
    >>> place_of(w) == place_of(w[:]), place_of(w) == place_of(w.T), place_of(w) == place_of(w.clone())
    (True, False, False)
    """
    start = tensor.untyped_storage().data_ptr()
    return start, tensor.storage_offset(), tuple(tensor.shape), tensor.stride(), tensor.dtype


def _groups(params: Mapping[str, Tensor]) -> dict[tuple, list[str]]:
    """Names of each tensor that has several; empty tensors have no memory to share."""
    groups = defaultdict(list)
    for name, tensor in params.items():
        if isinstance(tensor, Tensor) and tensor.numel() and tensor.device.type != "meta":
            groups[place_of(tensor)].append(name)
    return groups


def _union(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    return None if one is None or other is None else torch.cat([one, other]).unique()


def _refuse_overlap(params: Mapping[str, Tensor], moving: Index) -> None:
    """Views of one tensor (a transpose, a slice) would come apart when one of them moves."""
    by_storage = defaultdict(dict)
    for names in _groups(params).values():
        tensor = params[names[0]]
        by_storage[tensor.untyped_storage().data_ptr()][names[0]] = tensor
    for views in by_storage.values():
        for name, other in _neighbours(views):
            if {name, other} & moving.keys() and _share(views[name], views[other]):
                raise ValueError(
                    f"component: {name!r} and {other!r} are views of the same weights, which would come "
                    "apart; give one of them, and let the loss make the other from it"
                )


def _neighbours(views: Mapping[str, Tensor]) -> list[tuple[str, str]]:
    """Pairs whose stretches of memory overlap."""
    ends = {}
    for name, tensor in views.items():
        reach = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
        ends[name] = tensor.storage_offset(), tensor.storage_offset() + reach
    names, pairs = sorted(ends, key=ends.get), []
    for number, name in enumerate(names):
        for other in names[number + 1 :]:
            if ends[other][0] > ends[name][1]:
                break
            pairs.append((name, other))
    return pairs


def _share(one: Tensor, other: Tensor) -> bool:
    """Whether two views of a storage have an entry in common."""
    if one.dtype != other.dtype:
        return True
    places = torch.arange(one.untyped_storage().nbytes() // one.itemsize)
    entries = [
        places.as_strided(view.shape, view.stride(), view.storage_offset()).flatten() for view in (one, other)
    ]
    return bool(torch.isin(*entries).any())
