"""Tensors that a loss uses beside its arguments: weights that were not given, statistics that it writes."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from devdash.sampling import reach
from devdash.sampling.components import Moving

LISTED = 12
STATISTICS = "running_"


def refuse_weights(trial, points: Sequence[Mapping[str, Tensor]], movings: Sequence[Moving]) -> None:
    """Weights that the loss takes from a model in memory, where only its arguments say what they are."""
    names = {name for moving in movings for name in moving.names}
    buffers = [name for module in trial.modules for name, _ in module.named_buffers() if name in names]
    if buffers:
        raise ValueError(
            f"component: {_list(buffers)} would move, but is a buffer of the model, no weight; "
            "give component=list(dict(model.named_parameters()))"
        )
    outside = [(tensor, reach.name_of(tensor, trial.modules)) for tensor in trial.watch.outside.values()]
    weights = [
        name or f"one of shape {tuple(tensor.shape)}"
        for tensor, name in outside
        if tensor.requires_grad or _left_out(name, trial, points[0])
    ]
    if weights and set(weights) <= set(points[0]):
        raise ValueError(
            f"estimate_llc: the loss calls the model's own {_list(weights)}, not the params it is given; "
            "call the model by torch.func.functional_call(model, params, inputs)"
        )
    if weights:
        raise ValueError(
            f"estimate_llc: the loss uses {len(weights)} weights that are not among the {len(points[0])} "
            f"parameters given, and would take them from memory: {_list(weights)}. Give all of them and "
            "choose with component= what moves; a second model that is to stay as it is belongs under "
            "torch.no_grad()"
        )
    _refuse_statistics(trial, points, [name for _, name in outside])


def _left_out(name: str | None, trial, params: Mapping[str, Tensor]) -> bool:
    """Whether a model's frozen parameter was left out while others of the model were handed over."""
    if name is None or name in params:
        return False
    return any(
        name in dict(module.named_parameters()) and _is_handed_over(module, trial, params)
        for module in trial.modules
    )


def _is_handed_over(module: nn.Module, trial, params: Mapping[str, Tensor]) -> bool:
    """Whether some of its parameters come from the arguments: their own values were not read."""
    read = {id(tensor) for tensor in trial.watch.outside.values()}
    handed = [tensor for name, tensor in module.named_parameters() if name in params]
    return bool(handed) and not any(id(tensor) in read for tensor in handed)


def _refuse_statistics(trial, points, names: Sequence[str | None]) -> None:
    """Statistics of one checkpoint with the parameters of another."""
    statistics = [name for name in names if name and name.rsplit(".", 1)[-1].startswith(STATISTICS)]
    if statistics and any(_differs(module, point) for module in trial.modules for point in points):
        raise ValueError(
            f"estimate_llc: {_list(statistics)} would come from the model as it is in memory, but the "
            "parameters given are another checkpoint's; give its whole state_dict(), and "
            "component=list(dict(model.named_parameters()))"
        )


def _differs(module: nn.Module, params: Mapping[str, Tensor]) -> bool:
    return any(
        name in params and (tensor.shape != params[name].shape or not torch.equal(tensor, params[name]))
        for name, tensor in module.named_parameters()
    )


def refuse_writes(trial) -> None:
    """A loss that writes into its arguments or into a model's state."""
    if trial.watch.written:
        names = list(dict.fromkeys(_name(tensor, trial) for tensor, _ in trial.watch.written.values()))
        raise ValueError(
            f"estimate_llc: the loss writes into {_list(names)}; call model.eval(), or let it work on a copy "
            "(.clone())"
        )


def _name(tensor: Tensor, trial) -> str:
    for name, parameter in trial.params.items():
        if parameter.data_ptr() == tensor.data_ptr():
            return f"params[{name!r}]"
    if any(example.data_ptr() == tensor.data_ptr() for example in trial.few or ()):
        return "the batch"
    return reach.name_of(tensor, trial.modules) or f"a tensor of shape {tuple(tensor.shape)}"


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more
