"""Many boards of bridge BoxWorld at once, an action taking one thing: the walk to it changes nothing else.

Whatever may be taken can also be reached (the tests check that on single moves), so the player's place
decides nothing and is left out. Entities are the 8 things of a puzzle and the 2 places of the inventory.
"""

from dataclasses import dataclass

import numpy as np

from devdash.distributions.bridge_puzzles import (
    BRIDGE_SLOT,
    COLOURS,
    COLUMNS,
    GEM_SLOT,
    LOOSE_SLOTS,
    LOST,
    NONE,
    OPENED,
    ROWS,
    THINGS,
    WON,
    Puzzles,
)

HELD = 2  # places of the inventory: one key of each path
ENTITIES = THINGS + HELD


@dataclass(frozen=True)
class State:
    """Puzzles in play. left: (puzzle, thing) what still stands; held: (puzzle, 2) colours of keys or NONE."""

    puzzles: Puzzles
    left: np.ndarray
    held: np.ndarray


def begin(puzzles: Puzzles) -> State:
    """All things stand, nothing is held."""
    return State(puzzles, puzzles.key != NONE, np.full((len(puzzles), HELD), NONE))


def renewed(state: State, where: np.ndarray, puzzles: Puzzles) -> State:
    """The state, begun anew with other puzzles in the places of a mask (puzzle,)."""
    fresh = begin(puzzles)
    left, held = state.left.copy(), state.held.copy()
    left[where], held[where] = fresh.left, fresh.held
    return State(state.puzzles.replaced(where, puzzles), left, held)


def legal(state: State) -> np.ndarray:
    """What may be taken, (puzzle, thing): what stands and whose locks all have their key in the inventory."""
    locks = state.puzzles.locks
    opened = (locks == NONE) | (locks[..., None] == state.held[:, None, None]).any(-1)
    return state.left & opened.all(-1)


def take(state: State, slot: np.ndarray) -> tuple[State, np.ndarray, np.ndarray]:
    """Take one thing of each board, (puzzle,): the state after, rewards, and which episodes have ended."""
    rows = np.arange(len(slot))
    if not legal(state)[rows, slot].all():
        wrong = rows[~legal(state)[rows, slot]]
        raise ValueError(
            f"take: boards {wrong[:5].tolist()} … cannot take the things {slot[wrong][:5].tolist()}"
        )
    left, held = state.left.copy(), state.held.copy()
    left[rows, slot] = False
    loose = np.isin(slot, LOOSE_SLOTS)
    lock = state.puzzles.locks[rows, slot, 0]
    place = np.where(loose, (held == NONE).argmax(1), (held == lock[:, None]).argmax(1))
    held[rows, place] = state.puzzles.key[rows, slot]
    reward = np.where(slot == GEM_SLOT, WON, np.where(slot == BRIDGE_SLOT, LOST, OPENED))
    return State(state.puzzles, left, held), reward, (slot == GEM_SLOT) | (slot == BRIDGE_SLOT)


@dataclass(frozen=True)
class Entities:
    """What an agent sees. key: (puzzle, entity) colours or NONE; locks: (puzzle, entity, 2) colours or NONE;
    place: (puzzle, entity, 2) row and column of the key tile; present, legal: (puzzle, entity)."""

    key: np.ndarray
    locks: np.ndarray
    place: np.ndarray
    present: np.ndarray
    legal: np.ndarray


def entities(state: State) -> Entities:
    """The things on the boards, then the keys held, which stand in the tenth column."""
    count = len(state.puzzles)
    column = np.broadcast_to([[row, COLUMNS] for row in range(HELD)], (count, HELD, 2))
    none = np.full((count, HELD, 2), NONE)
    return Entities(
        np.concatenate([state.puzzles.key, state.held], 1),
        np.concatenate([state.puzzles.locks, none], 1),
        np.concatenate([state.puzzles.place, column], 1),
        np.concatenate([state.left, state.held != NONE], 1),
        np.concatenate([legal(state), np.zeros((count, HELD), bool)], 1),
    )


FEATURES = COLOURS + 1 + COLOURS + 1 + 2  # colour of the key, colours of the locks, held or not, place


def features(seen: Entities) -> np.ndarray:
    """Entities as vectors, (puzzle, entity, feature), float32: colours one-hot, places between −1 and 1."""
    count = len(seen.key)
    palette = np.arange(COLOURS + 1)
    key = seen.key[..., None] == palette
    locks = (seen.locks[..., None] == palette[:COLOURS]).any(2)
    held = np.broadcast_to((np.arange(ENTITIES) >= THINGS)[:, None], (count, ENTITIES, 1))
    place = 2 * seen.place / (ROWS - 1, COLUMNS) - 1
    return np.concatenate([key, locks, held, place], -1, dtype=np.float32)
