"""Adam's state on disk: weights and moments as tensors of one file, so that a training goes on exactly."""

from collections.abc import Mapping

import torch
from torch import Tensor

MOMENTS = ("exp_avg", "exp_avg_sq")


def state_of(params: Mapping[str, Tensor], optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """weight/<name>, and step/<name>, exp_avg/<name>, exp_avg_sq/<name> once a step was made."""
    tensors = {f"weight/{name}": tensor for name, tensor in params.items()}
    for name, tensor in params.items():
        tensors |= {f"{part}/{name}": value for part, value in optimiser.state[tensor].items()}
    return tensors


def restore(
    params: Mapping[str, Tensor], optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]
) -> None:
    """Set weights and moments to those of `state_of`; params: the tensors that the optimiser moves."""
    for name, parameter in params.items():
        parameter.data.copy_(tensors[f"weight/{name}"])
        if f"step/{name}" in tensors:
            moments = {part: tensors[f"{part}/{name}"].to(parameter.device) for part in MOMENTS}
            optimiser.state[parameter] = {"step": tensors[f"step/{name}"], **moments}
