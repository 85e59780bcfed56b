"""Where numbers lie: data may stay in memory while weights are on a GPU, and not every device has doubles."""

import torch
from torch import Tensor

CACHE_MB = 64  # of a CPU: a pass that needs more is as fast in parts, and leaner


def fastest() -> torch.device:
    """A GPU where this process may use one, else the CPU.

    >>> weights = {"w": torch.zeros(3).to(fastest())}
    >>> weights["w"].shape
    torch.Size([3])
    """
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def placed(data, where, device) -> tuple[Tensor, ...]:
    """Some examples of the data, on the device of the weights.

    where: a slice, or an index on the data's device. Data may be larger than the memory of that device.
    """
    return tuple(tensor[where].to(device) for tensor in data)


def pass_mb(memory_mb: float, device: torch.device) -> float:
    """What one pass may keep: on a GPU all of the bound, since the more it does at once the faster it is."""
    return min(memory_mb, CACHE_MB) if device.type == "cpu" else memory_mb


def double(value) -> Tensor:
    """In double precision: on the device of a tensor, or on the CPU where that has none (Apple's MPS).

    >>> double([1, 2])
    tensor([1., 2.], dtype=torch.float64)
    """
    if not isinstance(value, Tensor):
        return torch.as_tensor(value, dtype=torch.float64)
    return value.cpu().double() if value.device.type == "mps" else value.double()
