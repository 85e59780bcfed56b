"""Data on another device than the weights: examples are moved as they are needed, never all at once."""

from collections.abc import Iterator

import torch
from torch import Tensor


class Elsewhere:
    """A tensor (example, …) that gives what is asked of it on the device of the weights.

    >>> remote = Elsewhere(torch.arange(6.0).view(3, 2), torch.device("cpu"))
    >>> len(remote), remote[torch.tensor([2, 0])]
    (3, tensor([[4., 5.],
            [0., 1.]]))
    """

    def __init__(self, tensor: Tensor, device: torch.device):
        self.tensor, self.device = tensor, device

    def __len__(self) -> int:
        return len(self.tensor)

    def __getitem__(self, index) -> Tensor:
        index = index.to(self.tensor.device) if isinstance(index, Tensor) else index
        return self.tensor[index].to(self.device)

    def split(self, size: int) -> Iterator[Tensor]:
        """Parts of so many examples, each moved when it is its turn."""
        for part in self.tensor.split(size):
            yield part.to(self.device)


def at_hand(data: tuple[Tensor, ...] | None, device: torch.device, whole: bool) -> tuple | None:
    """The data as the chains can use them. whole: every step needs all of them, so they are moved once."""
    if data is None:
        return None
    return tuple(
        tensor if tensor.device == device else tensor.to(device) if whole else Elsewhere(tensor, device)
        for tensor in data
    )
