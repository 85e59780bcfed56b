"""Chains of an attention-only transformer on one minibatch, with all that they share computed once.

What lies before the moving weights, and the other heads of their layer, are the same in every chain
of every component; a last-layer head is contracted with the unembedding.
"""

from collections.abc import Mapping
from contextlib import contextmanager
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from devdash.models import transformer
from devdash.models.fused_loss import FusedHeadLoss, FusedLoss, Heads, Target
from devdash.models.transformer import PER_HEAD


def programs(movings, params: Mapping[str, Tensor], reference: Mapping[str, Tensor] | None = None) -> list:
    """A program for each component; they share one `Passes`. reference: as in `next_token.NextToken`."""
    passes = Passes(params, reference)
    return [_program(passes, moving) for moving in movings]


def _program(passes: "Passes", moving):
    place = _head_of(moving)
    if place is None:
        return LayersProgram(passes, moving)
    kind = LastHeadProgram if place[0] == passes.layers - 1 else HeadProgram
    return kind(passes, moving, *place)


def _head_of(moving) -> tuple[int, int] | None:
    """Layer and number of the head that is the whole component, or None."""
    names = set(moving.names)
    prefixes = {name.rsplit(".", 1)[0] for name in names}
    if len(prefixes) != 1 or names != {f"{next(iter(prefixes))}.{name}" for name in PER_HEAD}:
        return None
    prefix = next(iter(prefixes))
    numbers = set()
    for name in names:
        index, shape = moving.index[name], moving.shapes[name]
        each = shape[1:].numel()
        if index is None or len(index) != each or index[0] % each or index[-1] != index[0] + each - 1:
            return None
        numbers.add(int(index[0]) // each)
    return (int(prefix.split(".")[1]), numbers.pop()) if len(numbers) == 1 else None


class Passes:
    """What the frozen weights say about the present minibatch, each part computed when first needed."""

    def __init__(self, params: Mapping[str, Tensor], reference: Mapping[str, Tensor] | None = None):
        self.params, self.reference = params, reference
        self.layers = transformer.layers_of(params)
        self.tokens, self.computed = None, {}
        self.aside_tokens, self.aside_computed = None, {}

    @cached_property
    def unembed(self) -> Tensor:
        """Unembedding with the final norm's gain folded in."""
        return self.params["ln_final.weight"][:, None] * self.params["unembed"]

    @cached_property
    def bias(self) -> Tensor:
        """Bias of the logits with the final norm's shift folded in."""
        return self.params["unembed_bias"] + self.params["ln_final.bias"] @ self.params["unembed"]

    def see(self, tokens: Tensor) -> None:
        """Turn to a minibatch (sequence, position)."""
        if tokens is not self.tokens:
            self.tokens, self.computed = tokens, {}

    @contextmanager
    def aside(self, tokens: Tensor):
        """Turn to other data for a moment; what is computed of either is kept."""
        minibatch = self.tokens, self.computed
        self.tokens, self.computed = tokens, self.aside_computed if tokens is self.aside_tokens else {}
        try:
            yield
        finally:
            self.aside_tokens, self.aside_computed = self.tokens, self.computed
            self.tokens, self.computed = minibatch

    def once(self, key, compute):
        """A value of this minibatch, computed at its first use."""
        if key not in self.computed:
            with torch.no_grad():
                self.computed[key] = compute()
        return self.computed[key]

    def weight(self) -> float:
        """Of one prediction in the mean over the minibatch."""
        return 1 / (self.tokens.shape[0] * (self.tokens.shape[1] - 1))

    def target(self) -> Target:
        """The tokens that came, or the reference model's probabilities."""

        def target() -> Target:
            if self.reference is None:
                return Target(self.tokens[:, 1:].reshape(-1))
            guess = transformer.logits(self.reference, self.tokens[:, :-1]).softmax(-1)
            return Target.of(guess.flatten(0, 1))

        return self.once("target", target)

    def residual(self, layer: int) -> Tensor:
        """Residual stream before a layer, (sequence, position, width)."""
        if layer == 0:
            return self.once(("residual", 0), lambda: self.params["embed"][self.tokens[:, :-1]])
        return self.once(("residual", layer), lambda: self._after(layer - 1))

    def normed(self, layer: int) -> Tensor:
        """Residual stream after the layer's norm."""
        return self.once(
            ("normed", layer),
            lambda: transformer.norm(self.params, f"blocks.{layer}.ln", self.residual(layer)),
        )

    def without(self, layer: int, head: int) -> Tensor:
        """Residual stream after a layer that lacks one head, (sequence, position, width)."""
        W_O = self.params[f"blocks.{layer}.attn.W_O"][head]
        return self.once(
            ("without", layer, head), lambda: self.residual(layer + 1) - self.values(layer)[:, head] @ W_O
        )

    def values(self, layer: int) -> Tensor:
        """Attention-weighted values of all heads, (sequence, head, position, head width)."""
        attention = transformer.attention_of(self.params, layer)
        return self.once(
            ("values", layer),
            lambda: transformer.attend(attention, self.normed(layer), self.params["position"]),
        )

    def _after(self, layer: int) -> Tensor:
        attention = transformer.attention_of(self.params, layer)
        return self.residual(layer) + transformer.combined(self.values(layer), attention)

    def losses(self) -> Tensor:
        """Losses (sequence,) of the model as it is."""

        def mean_losses() -> Tensor:
            y = transformer.norm(self.params, "ln_final", self.residual(self.layers)).flatten(0, 1)
            unembed = self.params["unembed"], self.params["unembed_bias"]
            return FusedLoss.apply(y, *unembed, self.target(), self.weight())[1]

        return self.once("losses", mean_losses).reshape(len(self.tokens), -1).mean(1)

    def centred_without(self, layer: int, head: int) -> Tensor:
        """`without` as rows less their means, (row, width)."""

        def centred() -> Tensor:
            rows = self.without(layer, head).flatten(0, 1)
            return rows - rows.mean(-1, keepdim=True)

        return self.once(("centred", layer, head), centred)


class LayersProgram:
    """Any component: chain by chain, from the first layer that moves.

    Implements `Program`, `AtStart` and `Details` of devdash.sampling.protocols.
    """

    shared = True

    def __init__(self, passes: Passes, moving):
        self.passes, self.moving = passes, moving
        self.first = min(self._layer(name) for name in moving.names)

    def _layer(self, name: str) -> int:
        if name.startswith("blocks."):
            return int(name.split(".")[1])
        return 0 if name in ("embed", "position") else self.passes.layers

    def evaluate(self, weights: Tensor, batch) -> tuple[Tensor, Tensor]:
        """∇L_m (chain, weight) and losses (chain, sequence)."""
        self.passes.see(batch.tensors[0])
        gradient, losses = torch.empty_like(weights), []
        for chain, chain_weights in enumerate(weights):
            pieces = self.moving.leaves(chain_weights)
            total, rows = self._loss(pieces)
            losses.append(rows.mean(1))
            slopes = torch.autograd.grad(total, list(pieces.values()))
            for into, slope in zip(self.moving.split(gradient[chain]).values(), slopes, strict=True):
                into.copy_(slope.flatten())
        return gradient, torch.stack(losses)

    def block(self, weights: Tensor, batch) -> int:
        """Any number of examples is as good as another: logits are never stored whole."""
        return 1

    def at_start(self, batch) -> Tensor:
        """Losses (1, sequence) at w*, from what all chains share."""
        self.passes.see(batch.tensors[0])
        return self.passes.losses()[None]

    def losses(self, weights: Tensor, batch) -> Tensor:
        """Losses (chain, sequence)."""
        self.passes.see(batch.tensors[0])
        return self._by_token(weights).mean(-1)

    def details(self, weights: Tensor, batch) -> Tensor:
        """Losses of all tokens, which `losses` averages: (chain, sequence · position)."""
        with self.passes.aside(batch.tensors[0]):
            return self._by_token(weights).flatten(1)

    @torch.no_grad()
    def _by_token(self, weights: Tensor) -> Tensor:
        """Losses (chain, sequence, position)."""
        return torch.stack([self._loss(self.moving.split(chain_weights))[1] for chain_weights in weights])

    def _loss(self, pieces: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        params = self.moving.place(pieces, self.passes.params)
        if "embed" in pieces:
            return self._from(0, F.embedding(self.passes.tokens[:, :-1], params["embed"]), params)
        return self._from(self.first, self.passes.residual(self.first), params)

    def _from(self, layer: int, x: Tensor, params: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Mean loss and losses (sequence, position) from the residual stream before a layer."""
        for number in range(layer, self.passes.layers):
            x = transformer.block(params, number, x)
        y = transformer.norm(params, "ln_final", x).flatten(0, 1)
        target, weight = self.passes.target(), self.passes.weight()
        total, rows = FusedLoss.apply(y, params["unembed"], params["unembed_bias"], target, weight)
        return total, rows.reshape(x.shape[:2])


class HeadProgram(LayersProgram):
    """One head below the last layer: the layers above are evaluated, but not differentiated by weight."""

    def __init__(self, passes: Passes, moving, layer: int, head: int):
        super().__init__(passes, moving)
        self.layer, self.head = layer, head

    def _loss(self, pieces: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        head_weights = self._by_short_name({name: piece[None] for name, piece in pieces.items()})
        z = transformer.attend(head_weights, self.passes.normed(self.layer), self.passes.params["position"])
        x = self.passes.without(self.layer, self.head) + z[:, 0] @ head_weights["W_O"][0]
        return self._from(self.layer + 1, x, self.passes.params)

    def _by_short_name(self, pieces: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """W_Q … b_V of every chain, (chain, …), by their short names."""
        shapes = self.moving.shapes
        return {n.rsplit(".", 1)[1]: w.reshape(-1, *shapes[n][1:]) for n, w in pieces.items()}


class LastHeadProgram(HeadProgram):
    """One head of the last layer: all chains together, with W_O contracted with the unembedding."""

    def evaluate(self, weights: Tensor, batch) -> tuple[Tensor, Tensor]:
        """∇L_m (chain, weight) and losses (chain, sequence)."""
        self.passes.see(batch.tensors[0])
        moved = weights.detach().requires_grad_()
        total, losses = self._all(moved, None if "losses" in self.passes.computed else self._start())
        if len(losses) > len(weights):  # w* was one more chain: most of its work is what all share
            self.passes.computed["losses"] = losses[-1]
        return torch.autograd.grad(total, moved)[0], self._unflattened(losses[: len(weights)]).mean(-1)

    @torch.no_grad()
    def _by_token(self, weights: Tensor) -> Tensor:
        return self._unflattened(self._all(weights, None)[1])

    def _unflattened(self, rows: Tensor) -> Tensor:
        """(chain, row) as (chain, sequence, position)."""
        return rows.unflatten(1, (len(self.passes.tokens), -1))

    def _start(self) -> Heads:
        """The head at w*, as one chain."""
        with torch.no_grad():
            z = self.passes.values(self.layer)[:, self.head].reshape(1, -1, self._width())
            W_O = self.passes.params[f"blocks.{self.layer}.attn.W_O"][self.head]
            return self._heads(z, W_O[None])

    def _width(self) -> int:
        return self.passes.params[f"blocks.{self.layer}.attn.W_O"].shape[1]

    def _all(self, weights: Tensor, start: Heads | None) -> tuple[Tensor, Tensor]:
        passes, head_weights = self.passes, self._by_short_name(self.moving.split(weights))
        z = transformer.attend(head_weights, passes.normed(self.layer), passes.params["position"])
        heads = self._heads(z.transpose(0, 1).reshape(len(weights), -1, self._width()), head_weights["W_O"])
        base = passes.centred_without(self.layer, self.head)
        shared = base, passes.unembed, passes.bias, passes.target(), passes.weight()
        return FusedHeadLoss.apply(*heads, *shared, start)

    def _heads(self, z: Tensor, W_O: Tensor) -> Heads:
        """What differs between chains, from z (chain, row, k) and W_O (chain, k, width)."""
        base, out = self.passes.centred_without(self.layer, self.head), W_O - W_O.mean(-1, keepdim=True)
        # mean square of base + z W_O, without forming it: (‖base‖² + z · (2 W_O base + W_O W_Oᵀ z)) / width
        cross = F.linear(base, out.flatten(0, 1)).unflatten(-1, out.shape[:2]).transpose(0, 1)
        added = (z * (2 * cross + z @ (out @ out.transpose(1, 2)))).sum(-1)
        scale = torch.rsqrt((base.square().sum(-1) + added) / base.shape[1] + transformer.EPSILON)
        return Heads(z, out @ self.passes.unembed, scale)
