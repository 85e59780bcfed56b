"""The model within a TransformerBridge of TransformerLens 4: of transformers, or its own.

A bridge puts a wrapper around each module of the model, in place. What it wraps it keeps as
`_original_component`; its further modules are the same weights under TransformerLens's names. Queries, keys
and values that transformers has in one matrix are split at boot: the forward pass reads the parts, and the
matrix stays behind, unused and out of date once the parts are trained or moved to another device.
"""

from collections.abc import Mapping
from copy import copy

import torch
from torch import Tensor, nn

from devdash.adapters.bridge_names import JOINED, WRAPPED, BridgeNames, module_of, short
from devdash.adapters.families import family_of
from devdash.adapters.task import evaluating


def is_bridge(model: nn.Module) -> bool:
    """Whether a model is a TransformerBridge, or the changed model within one."""
    inner = getattr(model, "original_model", model)
    return isinstance(inner, nn.Module) and any(WRAPPED in part._modules for part in inner.modules())


def without_bridge(model: nn.Module) -> tuple[nn.Module, BridgeNames]:
    """The model as it was before it was bridged, with the bridge's present weights; and all names.

    The bridge stays as it is. Both have the same weights, but for matrices of queries, keys and values, which
    are made from the bridge's parts. Raises ValueError where the model without its bridge would be another.
    """
    inner = getattr(model, "original_model", model)
    if getattr(model, "_weights_processed", False):
        raise ValueError(
            "causal_lm: the bridge's weights were folded (enable_compatibility_mode), so that they are not "
            "those that were trained; give a bridge without, or with no_processing=True"
        )
    plain = _unwrapped(inner)
    family = family_of(plain)  # says which there are, before anything else goes wrong
    names = _names(model, inner, plain, family.heads)
    _join(plain, names, {**_parameters(model), **_parameters(inner)})
    _refuse_another(plain, inner, len(plain.get_parameter(family.embedding)))
    return plain, names


def _unwrapped(module: nn.Module) -> nn.Module:
    """A copy of the tree of modules without wrappers, of the same parameters."""
    while (wrapped := module._modules.get(WRAPPED)) is not None:
        module = wrapped
    twin = copy(module)
    vars(twin).update({name: part.copy() for name, part in vars(module).items() if isinstance(part, dict)})
    twin._modules.update(
        {name: _unwrapped(part) for name, part in module._modules.items() if part is not None}
    )
    if isinstance(twin, nn.Linear) and twin._buffers.pop("bias", None) is not None:  # the bridge's zeros
        twin.register_parameter("bias", None)
    return twin


def _names(model: nn.Module, inner: nn.Module, plain: nn.Module, heads: int) -> BridgeNames:
    """All names of the bridge's weights, by which tensor they are."""
    place = {id(tensor): name for name, tensor in plain.named_parameters()}
    every = {**_parameters(model), **_parameters(inner)}
    aliases = {name: place[id(tensor)] for name, tensor in every.items() if id(tensor) in place}
    joined = {}
    for name in every.keys() - aliases.keys():
        module, part, kind = name.rsplit(".", 2)
        fused = aliases.get(f"{module}.qkv.{kind}")
        if part not in ("q", "k", "v") or fused is None or module_of(fused) not in JOINED:
            raise ValueError(
                f"causal_lm: the bridge has {name!r} beside the weights of its model; only bridges of GPT-2, "
                "GPT-NeoX, Llama and its kin are known: give the model without a bridge"
            )
        joined[tuple(f"{module}.{one}.{kind}" for one in "qkv")] = fused
    buffers = {name for tree in (model, inner) for name, _ in _short_items(nn.Module.named_buffers(tree))}
    kept = {name for name, _ in plain.named_buffers()}
    absent = frozenset(name for name in buffers - kept if name.endswith(("unembed.bias", "head.bias")))
    return BridgeNames(aliases, joined, absent, heads)


def _parameters(model: nn.Module) -> dict[str, Tensor]:
    """Parameters by all their names; a bridge itself would give those of the model in it."""
    return dict(_short_items(nn.Module.named_parameters(model, remove_duplicate=False)))


def _short_items(items):
    return ((short(name), tensor) for name, tensor in items)


def _join(plain: nn.Module, names: BridgeNames, every: Mapping[str, Tensor]) -> None:
    """Put matrices of the bridge's present queries, keys and values into the copy."""
    for parts, fused in names.joined.items():
        tensors = [every[part] for part in parts]
        moves = any(tensor.requires_grad for tensor in tensors)
        module, _, kind = fused.rpartition(".")
        matrix = names.matrix(fused, tensors)
        plain.get_submodule(module)._parameters[kind] = nn.Parameter(matrix, requires_grad=moves)


def _refuse_another(plain: nn.Module, inner: nn.Module, vocabulary: int) -> None:
    """Raise ValueError where the copy has other logits than the bridge, as with hooks that change them."""
    weights = next(plain.parameters())
    tokens = torch.arange(min(4, vocabulary), device=weights.device)[None]
    with torch.no_grad(), evaluating(plain), evaluating(inner):
        one, other = (model(tokens) for model in (plain, inner))
    one, other = getattr(one, "logits", one), getattr(other, "logits", other)
    apart, scale = (one - other).abs().max().item(), other.abs().max().item()
    if not apart <= scale * torch.finfo(weights.dtype).eps ** 0.5:
        raise ValueError(
            f"causal_lm: the bridge has other logits than its model has without it (by {apart:.2g}, where "
            f"they reach {scale:.2g}); remove its hooks (bridge.reset_hooks()) or give the model without it"
        )
