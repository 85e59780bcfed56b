"""All chains of all points as one batched tensor program, with no Python loop over chains."""

import importlib
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import grad_and_value, vmap

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
    slope = vmap(grad_and_value(mean_loss), in_dims=(0, batches.in_dims))
    value = vmap(mean_loss, in_dims=(0, batches.in_dims))
    sampler = _module_of(settings).build(settings, generator)
    state, checks = sampler.init(anchor), schedule.checks()
    excess, pull = anchor.new_empty((len(anchor), schedule.draws)), anchor.new_zeros(len(anchor))
    accepted, reference = [], None
    for number in range(schedule.steps):
        batch, draw, before = batches.next(), schedule.draw_at(number), state.weights
        state, info = sampler.update(state, lambda w, b=batch: slope(w, b), draw in checks)
        if draw is None:
            continue
        if reference is None or not batches.full:
            reference = value(anchor, batch)
        excess[:, draw] = info.loss - reference
        pull += settings.gamma * (before - anchor).square().sum(-1) / schedule.draws
        if info.acceptance is not None:
            accepted.append(info.acceptance)
    rate = torch.stack(accepted).mean(0) if accepted else torch.full_like(pull, torch.nan)
    return Record(excess, rate, pull)


def _module_of(settings):
    """The sampler's file, which holds build, State, init and update beside the settings."""
    return importlib.import_module(type(settings).__module__)
