"""The tensors of a checkpoint under the names that a model has for them."""

import re
from collections.abc import Mapping, Set

import torch
from torch import Tensor, nn

from devdash.sampling.ties import place_of

WRAPPERS = ("module.", "model.")
COMPILED = "_orig_mod."
DERIVED = (  # buffers that a model computes for itself; versions differ in which of them they store
    r"\.attn\.(masked_)?bias$",
    r"\.attention\.(masked_)?bias$",
    r"rotary_emb\.inv_freq$",
    r"\.attn\.(mask|IGNORE|rotary_sin|rotary_cos)$",  # of TransformerLens
)
RENAMED = {"embed_out.weight": "lm_head.weight"}  # GPT-NeoX's, which transformers 5 has another name for
LISTED = 10


def plain(name: str) -> str:
    """A name without what torch.compile and data-parallel wrappers put into it.

    >>> plain("module._orig_mod.0.weight")
    '0.weight'
    """
    return name.replace(COMPILED, "").removeprefix("module.")


def unwrapped(model: nn.Module) -> nn.Module:
    """The model within torch.compile and data-parallel wrappers."""
    while True:
        inner = getattr(model, "_orig_mod", None)
        if inner is None and isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel):
            inner = model.module
        if inner is None:
            return model
        model = inner


def groups_of(model: nn.Module) -> dict[tuple[str, ...], Tensor]:
    """All names of each tensor, parameter or persistent buffer → the tensor; tied ones have several."""
    names, tensors = {}, {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        if isinstance(tensor, Tensor):  # a module's extra state is none
            place = place_of(tensor) if tensor.numel() else name
            names.setdefault(place, []).append(plain(name))
            tensors[place] = tensor
    return {tuple(group): tensors[place] for place, group in names.items()}


def tensors_of(model: nn.Module) -> dict[str, Tensor]:
    """Parameters and persistent buffers, each tensor once: under the first of its names."""
    return {group[0]: tensor.detach() for group, tensor in groups_of(model).items()}


def fitted(model: nn.Module, state: Mapping[str, Tensor], where: str) -> dict[str, Tensor]:
    """A checkpoint's tensors by the names of `tensors_of`, on the model's device and in its precision.

    Prefixes of wrappers are taken off, or the model's own put on. where: what errors call the
    checkpoint. Raises ValueError where names are missing or too many, shapes differ, or tied tensors are
    not equal. Buffers that a model computes for itself, as causal masks, stay those of the model.
    """
    groups = groups_of(model)
    names = {name for group in groups for name in group}
    state = renamed(state, names)
    spared = re.compile(
        "|".join([*DERIVED, *(getattr(model, "_keys_to_ignore_on_load_unexpected", 0) or ())])
    )
    computed = {
        group[0]
        for group, tensor in groups.items()
        if spared.search(group[0]) and not isinstance(tensor, nn.Parameter)
    }
    missing = [group[0] for group in groups if group[0] not in computed and not state.keys() & set(group)]
    extra = sorted(name for name in state.keys() - names if not spared.search(name))
    if missing or extra:
        faults = [f"lacks {_listed(missing)}"] if missing else []
        faults += [f"has {_listed(extra)}, which the model has not"] if extra else []
        raise ValueError(f"{where} {' and '.join(faults)}: is it of another model?")
    return {
        group[0]: tensor.detach().clone() if group[0] in computed else _one(group, state, tensor, where)
        for group, tensor in groups.items()
    }


def _one(group: tuple[str, ...], state: Mapping[str, Tensor], wanted: Tensor, where: str) -> Tensor:
    """The one tensor that the names of a group stand for."""
    tensors = [state[name] for name in group if name in state]
    if any(not torch.equal(tensor, tensors[0]) for tensor in tensors[1:]):
        raise ValueError(
            f"{where} has different values for {_listed(list(group))}, which are one tensor of the model"
        )
    shape = tuple(tensors[0].shape)
    if shape != wanted.shape:
        raise ValueError(f"{where} has {group[0]!r} of shape {shape}, the model of {tuple(wanted.shape)}")
    kind = wanted.dtype if wanted.is_floating_point() else tensors[0].dtype
    return tensors[0].detach().to(device=wanted.device, dtype=kind)


def renamed(state: Mapping[str, Tensor], names: Set[str]) -> dict[str, Tensor]:
    """The state under the names that agree best with those of a model: with a prefix taken off or put on."""
    state = {plain(name): tensor for name, tensor in state.items() if isinstance(tensor, Tensor)}
    for old, new in RENAMED.items():
        if old in state and old not in names and new in names:
            state[new] = state.pop(old)
    best, most = state, len(names & state.keys())
    for prefix in _prefixes(state.keys(), names):
        off = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
        on = {prefix + name: tensor for name, tensor in state.items()}
        for candidate in (off, on):
            if len(candidate) == len(state) and len(names & candidate.keys()) > most:
                best, most = candidate, len(names & candidate.keys())
    return best


def _prefixes(one: Set[str], other: Set[str]) -> list[str]:
    """What names of one side have before those of the other, the wrappers' prefixes first."""
    prefixes = dict.fromkeys(WRAPPERS)
    for longer, shorter in ((one, other), (other, one)):
        for name in longer:
            parts = name.split(".")
            ends = (".".join(parts[place:]) for place in range(1, len(parts)))
            end = next((end for end in ends if end in shorter), None)
            if end is not None:
                prefixes[name.removesuffix(end)] = None
    return list(prefixes)


def _listed(names: list[str]) -> str:
    rest = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(map(repr, names[:LISTED])) + rest
