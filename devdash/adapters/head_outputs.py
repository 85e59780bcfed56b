"""What the heads of a language model of any family read, z, and the model with other values in their place.

z of a layer: (sequence, position, head, head width), before the output matrix.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional

from devdash.adapters.causal_lm import logits_of
from devdash.adapters.families import Family, family_of
from devdash.adapters.task import Task

Swap = tuple[int, int, Tensor]  # layer, head, and z in the place of its own: (sequence, position, head width)


@dataclass(frozen=True)
class HeadOutputs:
    """The model of a task at a point, whose heads can be looked into and replaced."""

    task: Task
    point: Mapping[str, Tensor]

    @property
    def family(self) -> Family:
        return family_of(self.task.model)

    def values(self, tokens: Tensor) -> list[Tensor]:
        """z of each layer. tokens: (sequence, 1 + position)."""
        return self._run(tokens)[1]

    def losses(self, tokens: Tensor, swap: Swap | None = None) -> Tensor:
        """Losses (sequence, position), nats, with one head's z replaced."""
        logits = logits_of(self._run(tokens, swap)[0]).float()
        labels = tokens[:, 1:].to(logits.device)
        return functional.cross_entropy(logits.transpose(1, 2), labels, reduction="none").cpu()

    def read_without(self, tokens: Tensor, layer: int, head: int, change: Tensor) -> Tensor:
        """z of the next layer where its block alone reads the stream with a head's z changed.

        change: (sequence, position, head width), added to the z of this head; what lies between the two
        (an MLP) does not see it.
        """
        written = change @ self.family.written(self.point, layer, head)
        reader = self.task.model.get_submodule(self.family.block.format(layer + 1))
        with _input_changed(reader, lambda stream: stream + written):
            return self._run(tokens)[1][layer + 1]

    def _run(self, tokens: Tensor, swap: Swap | None = None):
        """The model's outputs, and z of each layer."""
        family, seen = self.family, {}
        places = [self.task.model.get_submodule(family.mixed.format(n)) for n in range(family.layers)]
        handles = [
            _between(place, lambda z, layer=layer: self._noted(z, layer, seen, swap))
            for layer, place in enumerate(places)
        ]
        device = next(iter(self.point.values())).device
        try:
            outputs = self.task.outputs(self.point, (tokens[:, :-1].to(device),))
        finally:
            for handle in handles:
                handle.remove()
        return outputs, [seen[layer] for layer in range(family.layers)]

    def _noted(self, z: Tensor, layer: int, seen: dict, swap: Swap | None) -> Tensor:
        """z as the layer goes on with it; `seen` keeps it by heads."""
        apart = z if z.dim() == 4 else z.unflatten(-1, (self.family.heads, -1))
        seen[layer] = apart
        if swap is None or swap[0] != layer:
            return z
        apart = apart.clone()
        apart[:, :, swap[1]] = swap[2]
        return apart.reshape(z.shape)


def _between(module: nn.Module, change: Callable[[Tensor], Tensor]):
    """A hook that changes what goes into a module, or out of one without weights."""
    if any(True for _ in module.parameters()):
        return module.register_forward_pre_hook(lambda _, inputs: (change(inputs[0]), *inputs[1:]))
    return module.register_forward_hook(lambda _, inputs, output: change(output))


@contextmanager
def _input_changed(module: nn.Module, change: Callable[[Tensor], Tensor]) -> Iterator[None]:
    handle = module.register_forward_pre_hook(lambda _, inputs: (change(inputs[0]), *inputs[1:]))
    try:
        yield
    finally:
        handle.remove()
