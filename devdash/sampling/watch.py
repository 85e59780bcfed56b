"""What a loss reads and writes beside its arguments, seen beneath autograd; writes are undone.

A loss is a function (params, batch) → losses, but a model that it calls may keep tensors of its own:
weights that were not handed over, and statistics that are written in training mode.
"""

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from devdash.sampling.components import HALF

STATISTICS = ("running_mean", "running_var")  # written by batch norms, whose schema does not say so


class Watch(TorchDispatchMode):
    """A context in which a loss is evaluated.

    outside: tensors it read with gradients on that are neither arguments nor made inside. written: tensors
    not made inside that it wrote into, with their values before; `restore` puts these back. half: whether
    it calculated in half precision.
    """

    def __init__(self, arguments: Iterable[Tensor]):
        super().__init__()
        self.arguments = {_memory(tensor) for tensor in arguments}
        self.made = {0}
        self.outside, self.written, self.half = {}, {}, False

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: the wrapper against torch.compile would import it, which takes longer than a short run."""
        return False

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        inputs = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        memories = {_memory(tensor) for tensor in inputs}
        if function.overloadpacket in (torch.ops.aten.lift_fresh, torch.ops.aten.lift_fresh_copy):
            self.made |= memories  # a tensor written out in the loss, such as torch.tensor(0.5)
        if torch.is_grad_enabled():
            for tensor in inputs:
                memory = _memory(tensor)  # a parameter is handed over detached: itself, it is the model's
                if memory not in self.made and (tensor.requires_grad or memory not in self.arguments):
                    self.outside.setdefault(_memory(tensor), tensor)
        for tensor in _written(function, args, kwargs):
            if _memory(tensor) not in self.made:
                self.written.setdefault(id(tensor), (tensor, tensor.detach().clone()))
        results = function(*args, **kwargs)
        outputs = [leaf for leaf in tree_leaves(results) if isinstance(leaf, Tensor)]
        self.made |= {_memory(tensor) for tensor in outputs} - memories
        self.half = self.half or any(tensor.dtype in HALF for tensor in outputs)
        return results

    def restore(self) -> None:
        """Put back what was written, the last write first."""
        with torch.no_grad():
            for tensor, before in reversed(self.written.values()):
                tensor.detach().copy_(before)


def _memory(tensor: Tensor) -> int:
    try:
        return tensor.untyped_storage().data_ptr()
    except (NotImplementedError, RuntimeError):  # a tensor without memory of its own, such as a fake one
        return 0


def _written(function, args, kwargs) -> list[Tensor]:
    """The arguments that an operation writes into."""
    arguments = function._schema.arguments
    values = dict(zip((argument.name for argument in arguments), args, strict=False)) | kwargs
    statistics = STATISTICS if values.get("training", True) else ()
    written = [
        values.get(argument.name)
        for argument in arguments
        if argument.name in statistics or (argument.alias_info is not None and argument.alias_info.is_write)
    ]
    return [leaf for leaf in tree_leaves(written) if isinstance(leaf, Tensor)]
