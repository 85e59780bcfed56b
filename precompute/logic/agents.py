"""Training an agent on bridge boards, and letting it play: one process, many boards in lock step."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from devdash.distributions import bridge_lockstep as lockstep
from devdash.distributions.bridge_lockstep import State
from devdash.distributions.bridge_puzzles import THINGS, WON, Puzzles, draw
from devdash.models import board_agent
from devdash.models.board_agent import Reading
from devdash.models.simplicial import SimplicialShape
from devdash.training import actor_critic, adam, checkpoints
from devdash.training.actor_critic import ActorCritic

SAVE_EVERY_S = 60.0


@dataclass(frozen=True)
class Played:
    """Episodes to their end. won: (episode,); total: (episode,) sums of rewards; entropy: nats a choice."""

    won: np.ndarray
    total: np.ndarray
    entropy: float


def read(shape: SimplicialShape, params: dict[str, Tensor], state: State) -> Reading:
    """What an agent makes of boards."""
    seen = lockstep.entities(state)
    arrays = (lockstep.features(seen), seen.present, seen.legal)
    return board_agent.read(shape, params, *(torch.from_numpy(array) for array in arrays))


def choices(logits: Tensor, noise: np.ndarray) -> np.ndarray:
    """An action for each board, drawn from the policy: logits plus Gumbel noise, the greatest."""
    return (logits.detach().double() + torch.from_numpy(noise)).argmax(-1).numpy()


def gumbel(seed: int, episodes: int) -> np.ndarray:
    """The noise of episodes, (episode, step, entity): one thing is taken a step, so THINGS steps suffice."""
    return np.random.default_rng(seed).gumbel(size=(episodes, THINGS, lockstep.ENTITIES))


def play(shape: SimplicialShape, params: dict[str, Tensor], puzzles: Puzzles, noise: np.ndarray) -> Played:
    """Play every puzzle once, with noise as from `gumbel`."""
    count = len(puzzles)
    won, total, entropies = np.zeros(count, bool), np.zeros(count), []
    on, state = np.arange(count), lockstep.begin(puzzles)
    for step in range(THINGS):
        with torch.no_grad():
            logits = read(shape, params, state).logits
        entropies.append(torch.distributions.Categorical(logits=logits).entropy().numpy())
        state, reward, ended = lockstep.take(state, choices(logits, noise[on, step]))
        won[on], total[on] = reward == WON, total[on] + reward
        on, state = on[~ended], kept(state, ~ended)
        if not len(on):
            break
    return Played(won, total, float(np.concatenate(entropies).mean()))


def kept(state: State, where: np.ndarray) -> State:
    """The boards of a mask."""
    return State(state.puzzles.take(where), state.left[where], state.held[where])


class Learner:
    """An agent in training. Everything random in an update depends on its number alone, so that a training
    that goes on from its saved state ends with the same weights."""

    def __init__(self, shape: SimplicialShape, settings: ActorCritic, seed: int, folder: Path):
        self.shape, self.settings, self.seed, self.folder = shape, settings, seed, folder
        start = board_agent.initial(shape, lockstep.FEATURES, seed)
        self.params = {name: tensor.requires_grad_() for name, tensor in start.items()}
        self.optimiser = torch.optim.Adam(self.params.values(), lr=settings.learning_rate)
        self.state = lockstep.begin(draw(np.random.default_rng([seed, 0]), settings.boards))
        self.done, self.spent_s, self.rows = 0, 0.0, []
        if (folder / "state.safetensors").exists():
            self._resume()
        self.began, self.saved = time.monotonic(), time.monotonic()

    def update(self) -> None:
        """Play `steps` actions on every board, then move the weights once."""
        generator, settings = np.random.default_rng([self.seed, self.done + 1]), self.settings
        logits, values, actions, rewards, ended = [], [], [], [], []
        for _ in range(settings.steps):
            reading = read(self.shape, self.params, self.state)
            chosen = choices(reading.logits, generator.gumbel(size=reading.logits.shape))
            self.state, reward, over = lockstep.take(self.state, chosen)
            if over.any():
                self.state = lockstep.renewed(self.state, over, draw(generator, int(over.sum())))
            logits.append(reading.logits)
            values.append(reading.value)
            actions.append(torch.from_numpy(chosen))
            rewards.append(torch.from_numpy(reward.astype(np.float32)) * settings.reward_scale)
            ended.append(torch.from_numpy(over))
        self._learn(*(torch.stack(parts) for parts in (logits, values, actions, rewards, ended)))
        self.done += 1

    def _learn(self, logits: Tensor, values: Tensor, actions: Tensor, rewards: Tensor, ended: Tensor) -> None:
        fixed = values.detach()
        with torch.no_grad():
            after = read(self.shape, self.params, self.state).value
        advantage = actor_critic.advantages(
            rewards, ended, fixed, after, self.settings.discount, self.settings.trace
        )
        flat = (logits, values, actions, advantage, advantage + fixed)
        loss = actor_critic.loss(*(part.flatten(0, 1) for part in flat), self.settings)
        if not torch.isfinite(loss):
            raise FloatingPointError(
                f"actor-critic: the loss is {loss.item()} at update {self.done}; lower the learning rate "
                f"({self.settings.learning_rate:g}) or the gradient clip ({self.settings.clip:g})"
            )
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.params.values(), self.settings.clip)
        self.optimiser.step()

    @property
    def frames(self) -> int:
        """Actions so far."""
        return self.done * self.settings.frames

    @property
    def wall_s(self) -> float:
        """Seconds so far, of all sessions."""
        return round(self.spent_s + time.monotonic() - self.began, 2)

    def save(self, *, now: bool = False) -> bool:
        """Save all that an exact continuation needs, once a minute or now; whether it did."""
        if not now and time.monotonic() - self.saved < SAVE_EVERY_S:
            return False
        self.saved = time.monotonic()
        tensors = adam.state_of(self.params, self.optimiser)
        arrays = vars(self.state.puzzles) | {"left": self.state.left, "held": self.state.held}
        tensors |= {f"board/{name}": torch.from_numpy(array) for name, array in arrays.items()}
        facts = {"done": self.done, "spent_s": self.wall_s, "rows": self.rows}
        checkpoints.save(self.folder / "state.safetensors", tensors, facts)
        return True

    def _resume(self) -> None:
        path = self.folder / "state.safetensors"
        facts, tensors = checkpoints.facts_of(path), load_file(path)
        self.done, self.spent_s, self.rows = facts["done"], facts["spent_s"], facts["rows"]
        adam.restore(self.params, self.optimiser, tensors)
        puzzles = Puzzles(**{name: tensors[f"board/{name}"].numpy() for name in vars(self.state.puzzles)})
        self.state = replace(
            self.state,
            puzzles=puzzles,
            left=tensors["board/left"].numpy(),
            held=tensors["board/held"].numpy(),
        )
