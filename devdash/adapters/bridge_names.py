"""Checkpoints of a TransformerBridge of TransformerLens 4, under any of its names."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import torch
from torch import Tensor

from devdash.adapters.state import renamed
from devdash.adapters.task import Task

WRAPPED = "_original_component"  # what a bridge's module calls that of transformers
JOINED = {  # module of transformers → its weights or biases from those of queries, keys and values, by rows
    "c_attn": lambda parts, heads: torch.cat(parts).t(),
    "query_key_value": lambda parts, heads: torch.stack(
        [part.unflatten(0, (heads, -1)) for part in parts], 1
    ).flatten(0, 2),
}


@dataclass(frozen=True)
class BridgeNames:
    """aliases: every name of a weight in the bridge → its name in the model. joined: names of
    queries, keys and values → name of the matrix that they are parts of. absent: biases of zeros that the
    bridge has and the model has not. heads: how many."""

    aliases: Mapping[str, str]
    joined: Mapping[tuple[str, str, str], str]
    absent: frozenset[str]
    heads: int

    def plain(self, state: Mapping[str, Tensor], where: str) -> dict[str, Tensor]:
        """A checkpoint of the bridge, or of the model in it, under the names of the model.

        Raises ValueError where tied weights differ, or a bias that the model has not is not zero.
        """
        split = {name for names in self.joined for name in names}
        named = {short(name): tensor for name, tensor in state.items()}
        named = renamed(named, self.aliases.keys() | split | self.absent)
        whole = {names: fused for names, fused in self.joined.items() if named.keys() >= set(names)}
        taken = {name for names in whole for name in names} | self.absent
        if folded := sorted(name for name in self.absent & named.keys() if named[name].any()):
            raise ValueError(
                f"{where} has {folded[0]!r}, which the model has not: were its weights folded by "
                "enable_compatibility_mode()? Save them before"
            )
        result = {}
        for name, tensor in named.items():
            if name not in taken:
                new = self.aliases.get(name, name)
                if not torch.equal(result.setdefault(new, tensor), tensor):
                    raise ValueError(f"{where} has two values for {new!r}, one of them as {name!r}")
        return result | {
            fused: self.matrix(fused, [named[n] for n in names]) for names, fused in whole.items()
        }

    def matrix(self, fused: str, parts: list[Tensor]) -> Tensor:
        return JOINED[module_of(fused)]([part.detach() for part in parts], self.heads).contiguous()


@dataclass(frozen=True, eq=False)
class BridgeTask(Task):
    """A task of the model within a bridge, which reads the bridge's checkpoints too."""

    names: BridgeNames = field(kw_only=True)

    def point(self, state: Mapping[str, Tensor] | None = None, where: str = "the checkpoint") -> dict:
        """What `Task.point` gives, by the model's names."""
        return super().point(None if state is None else self.names.plain(state, where), where)


def of_bridge(task: Task, names: BridgeNames) -> BridgeTask:
    """The task with checkpoints read by these names."""
    return BridgeTask(**{part.name: getattr(task, part.name) for part in fields(Task)}, names=names)


def short(name: str) -> str:
    """A name without what a bridge puts into it.

    >>> short("transformer.h.0._original_component.attn.q._original_component.weight")
    'transformer.h.0.attn.q.weight'
    """
    return name.replace(f".{WRAPPED}", "")


def module_of(name: str) -> str:
    """The last module in the name of a weight.

    >>> module_of("transformer.h.0.attn.c_attn.weight")
    'c_attn'
    """
    return name.split(".")[-2]
