"""All chains of all points as one batched tensor program, with no Python loop over chains."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import grad_and_value, vmap

from devdash.sampling import sgld

ACCEPTANCE_CHECKS = 40


@dataclass(frozen=True)
class Schedule:
    """draws are kept every steps_per_draw steps, after burn_in steps."""

    draws: int
    burn_in: int
    steps_per_draw: int

    @property
    def steps(self) -> int:
        return self.burn_in + self.draws * self.steps_per_draw

    def draw_at(self, step: int) -> int | None:
        """Number of the draw that this step completes, if any."""
        after = step - self.burn_in
        return after // self.steps_per_draw if after >= 0 and after % self.steps_per_draw == 0 else None

    def checks(self) -> set[int]:
        """The draws at which the acceptance is computed, which costs one more gradient."""
        every = max(1, self.draws // ACCEPTANCE_CHECKS)
        return set(range(0, self.draws, every))


@dataclass(frozen=True)
class Record:
    """excess: L_m(w) − L_m(w*), (chain, draw); acceptance: (chain,); pull: γ‖w − w*‖², (chain,)."""

    excess: Tensor
    acceptance: Tensor
    pull: Tensor


class Batches:
    """Minibatches: one of its own for every chain, or all data for all chains."""

    def __init__(self, data, batch_size: int, chains: int, generator: torch.Generator):
        self.data, self.chains, self.generator = data, chains, generator
        self.size = None if data is None else min(batch_size, len(data[0]))
        self.full = data is None or self.size == len(data[0])
        self.in_dims = None if self.full else 0

    def next(self):
        """Tensors (chain, batch, …), or the data themselves where they are used in full."""
        if self.full:
            return self.data
        device = self.data[0].device
        index = torch.randint(
            len(self.data[0]), (self.chains, self.size), generator=self.generator, device=device
        )
        return tuple(tensor[index] for tensor in self.data)


def run(mean_loss, anchor: Tensor, batches: Batches, settings, schedule: Schedule, generator):
    """Run every chain. mean_loss: (weights (weight,), batch) → scalar; anchor: (chain, weight).

    w and w* are evaluated on the same minibatch, so that the noise of the minibatch cancels in
    their difference. Returns a Record.
    """
    value_and_gradient = vmap(grad_and_value(mean_loss), in_dims=(0, batches.in_dims))
    value = vmap(mean_loss, in_dims=(0, batches.in_dims))
    init, update = sgld.build(settings, generator)
    state, checks = init(anchor), schedule.checks()
    shape = (len(anchor), schedule.draws)
    excess, pull = anchor.new_empty(shape), anchor.new_zeros(len(anchor))
    accepted, reference = [], None
    for number in range(schedule.steps):
        batch, draw = batches.next(), schedule.draw_at(number)
        gradient, loss = value_and_gradient(state.weights, batch)
        step = update(state, gradient)
        if draw is not None:
            if reference is None or not batches.full:
                reference = value(anchor, batch)
            excess[:, draw] = loss - reference
            pull += settings.gamma * (state.weights - anchor).square().sum(-1) / schedule.draws
        if draw in checks:
            gradient_after, loss_after = value_and_gradient(step.state.weights, batch)
            accepted.append(sgld.acceptance(state, step, loss_after - loss, gradient_after, settings))
        state = step.state
    return Record(excess, torch.stack(accepted).mean(0), pull)
