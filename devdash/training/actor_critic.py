"""Advantage actor-critic over many environments in lock step.

Source: Mnih et al. 2016, "Asynchronous Methods for Deep Reinforcement Learning" (arXiv 1602.01783), its
synchronous form, with the advantages of Schulman et al. 2016 (arXiv 1506.02438).
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class ActorCritic:
    """boards: environments in lock step; steps: actions of each between updates; discount γ; trace λ of the
    advantages; entropy and value: weights of those terms in the loss; rewards are multiplied by
    reward_scale; clip: largest norm of a gradient."""

    boards: int = 256
    steps: int = 8
    discount: float = 0.99
    trace: float = 0.95
    entropy: float = 0.01
    value: float = 0.5
    reward_scale: float = 0.1
    learning_rate: float = 1e-3
    clip: float = 1.0

    @property
    def frames(self) -> int:
        """Actions of one update."""
        return self.boards * self.steps


def advantages(
    rewards: Tensor, ended: Tensor, values: Tensor, after: Tensor, discount: float, trace: float
) -> Tensor:
    """A_t = Σ_k (γλ)^k δ_{t+k}, δ_t = r_t + γ V_{t+1} − V_t, cut where an episode ends; (step, board).

    rewards, ended, values: (step, board); after: (board,), the value of what follows the last step.
    """
    summed, running = torch.zeros_like(values), torch.zeros_like(after)
    for step in reversed(range(len(rewards))):
        goes_on = (~ended[step]).to(values.dtype)
        surprise = rewards[step] + discount * goes_on * after - values[step]
        running = surprise + discount * trace * goes_on * running
        summed[step], after = running, values[step]
    return summed


def loss(
    logits: Tensor, values: Tensor, actions: Tensor, advantage: Tensor, returns: Tensor, settings: ActorCritic
) -> Tensor:
    """A number. logits: (sample, action), -inf where illegal; all others (sample,)."""
    logs = logits.log_softmax(-1)
    chosen = logs.gather(-1, actions[:, None])[:, 0]
    entropy = -(logs.exp() * logs.masked_fill(~logits.isfinite(), 0)).sum(-1).mean()
    value = (values - returns).square().mean()
    return settings.value * value - (chosen * advantage).mean() - settings.entropy * entropy
