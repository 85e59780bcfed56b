"""Puzzles of bridge BoxWorld: keys and locked boxes on a grid, drawn at random.

Source: Clift, Doryn, Murfet, Wallbridge 2019 (arXiv 1909.00668), section 4, and the authors' environment
(github.com/dmurfet/2simplicialtransformer, env/bridge_boxworld.py). Two paths of L keys with disjoint
colours lead from two loose keys to the Gem, which needs the last key of both. A bridge is a box whose lock
has a colour of the first path and whose key has one of the second: who opens it has lost.

Keys are numbered as the authors do: 1 … L on the first path and L + 1 … 2 L on the second; 1 and L + 1
open the Gem, L and 2 L lie loose. A puzzle's type is (L, source, target): the numbers of the bridge's lock
and key.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

ROWS, COLUMNS = 7, 9
LENGTHS = (1, 2, 3)
COLOURS = 20
GEM = COLOURS  # the colour of the Gem: white, no key's
NONE = -1
THINGS = 8  # slots: the Gem, two boxes of each path, two loose keys, the bridge
GEM_SLOT, BOX_SLOTS, LOOSE_SLOTS, BRIDGE_SLOT = 0, (1, 2, 3, 4), (5, 6), 7
KINDS = ("gem", "box", "box", "box", "box", "loose key", "loose key", "bridge")
PLACES = np.array([(row, column) for row in (1, 3, 5) for column in (1, 4, 7)])  # of key tiles
GEM_PLACES = np.array([0, 1, 3, 4])  # neither in the last row nor in the last column
BELOW = 3  # places from one to the next under it, which the lower half of a Gem would touch
OPENED, WON, LOST = 1.0, 10.0, -1.0  # rewards: key or ordinary box, Gem, bridge


@dataclass(frozen=True)
class Puzzles:
    """Many puzzles as arrays. length, source, target: (puzzle,); source and target are NONE without bridge.

    key: (puzzle, thing) colours, NONE where a slot is empty; locks: (puzzle, thing, 2) colours or NONE;
    place: (puzzle, thing, 2) row and column of the (upper) key tile; player: (puzzle, 2).
    """

    length: np.ndarray
    source: np.ndarray
    target: np.ndarray
    key: np.ndarray
    locks: np.ndarray
    place: np.ndarray
    player: np.ndarray

    def __len__(self) -> int:
        return len(self.length)

    def one(self, index: int) -> "Puzzle":
        """A puzzle by itself."""
        things = tuple(
            Thing(
                KINDS[slot],
                tuple(self.place[index, slot].tolist()),
                int(self.key[index, slot]),
                tuple(int(lock) for lock in self.locks[index, slot] if lock != NONE),
            )
            if self.key[index, slot] != NONE
            else None
            for slot in range(THINGS)
        )
        numbers = (int(self.length[index]), int(self.source[index]), int(self.target[index]))
        return Puzzle(*numbers, things, tuple(self.player[index].tolist()))

    def take(self, index: np.ndarray) -> "Puzzles":
        """Some of them, by index or mask."""
        return Puzzles(**{name: array[index] for name, array in vars(self).items()})

    def replaced(self, where: np.ndarray, new: "Puzzles") -> "Puzzles":
        """These puzzles, with others in the places of a mask (puzzle,)."""
        arrays = {name: array.copy() for name, array in vars(self).items()}
        for name, array in arrays.items():
            array[where] = getattr(new, name)
        return Puzzles(**arrays)


class Thing(NamedTuple):
    """What stands on a board. kind: gem, box, bridge, loose key; place: (row, column) of its key tile."""

    kind: str
    place: tuple[int, int]
    key: int
    locks: tuple[int, ...]

    @property
    def key_tiles(self) -> list[tuple[int, int]]:
        """One tile, or two one above the other."""
        row, column = self.place
        return [(row + k, column) for k in range(max(len(self.locks), 1))]

    @property
    def lock_tiles(self) -> list[tuple[int, int]]:
        """To the right of the key tiles."""
        row, column = self.place
        return [(row + k, column + 1) for k in range(len(self.locks))]

    @property
    def entrances(self) -> list[tuple[int, int]]:
        """Tiles on which the player takes it."""
        return self.lock_tiles or self.key_tiles


@dataclass(frozen=True)
class Puzzle:
    """One puzzle. things: by slot, None where there is none; player: where it starts."""

    length: int
    source: int
    target: int
    things: tuple[Thing | None, ...]
    player: tuple[int, int]

    @cached_property
    def tiles(self) -> dict[tuple[int, int], int]:
        """Tile → slot of what covers it at the start."""
        return {
            tile: slot
            for slot, thing in enumerate(self.things)
            if thing is not None
            for tile in (*thing.key_tiles, *thing.lock_tiles)
        }

    @property
    def perfect(self) -> float:
        """The sum of rewards of every won episode: 2 L + 10."""
        return 2 * self.length * OPENED + WON


def draw(generator: Generator, count: int, length: int | None = None, bridge: bool | None = None) -> Puzzles:
    """Random puzzles: L uniform unless given, a bridge in half of them unless said, the rest uniform."""
    if count < 1 or length not in (None, *LENGTHS):
        raise ValueError(
            f"draw: count = {count}, length = {length} given, expected 1 or more, and a length of {LENGTHS}"
        )
    lengths = generator.choice(LENGTHS, count) if length is None else np.full(count, length)
    bridged = generator.random(count) < 0.5 if bridge is None else np.full(count, bridge)
    source = np.where(bridged, generator.integers(1, lengths + 1), NONE)
    target = np.where(bridged, generator.integers(lengths + 1, 2 * lengths + 1), NONE)
    key, locks = _numbers(lengths, source, target)
    colour_of = generator.random((count, COLOURS)).argsort(1)  # of key number − 1
    place = _places(generator, count)
    return Puzzles(
        lengths,
        source,
        target,
        _coloured(key, colour_of),
        _coloured(locks, colour_of),
        place,
        _start(generator, key, place),
    )


def _numbers(length: np.ndarray, source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of keys (puzzle, thing) and locks (puzzle, thing, 2) from 1; 0 is the Gem's."""
    key = np.full((len(length), THINGS), NONE)
    locks = np.full((len(length), THINGS, 2), NONE)
    key[:, GEM_SLOT] = 0
    locks[:, GEM_SLOT] = np.stack([np.ones_like(length), length + 1], -1)
    for slot, number, first in zip(BOX_SLOTS, (1, 2, 1, 2), (True, True, False, False), strict=True):
        numbered = number + (0 if first else length)
        key[:, slot] = np.where(number < length, numbered, NONE)
        locks[:, slot, 0] = np.where(number < length, numbered + 1, NONE)
    key[:, LOOSE_SLOTS[0]], key[:, LOOSE_SLOTS[1]] = length, 2 * length
    key[:, BRIDGE_SLOT], locks[:, BRIDGE_SLOT, 0] = target, source
    return key, locks


def _coloured(numbers: np.ndarray, colour_of: np.ndarray) -> np.ndarray:
    colours = np.take_along_axis(colour_of, np.clip(numbers - 1, 0, None).reshape(len(numbers), -1), 1)
    return np.where(numbers > 0, colours.reshape(numbers.shape), np.where(numbers == 0, GEM, NONE))


def _places(generator: Generator, count: int) -> np.ndarray:
    """A place for every slot, (puzzle, thing, 2): the Gem's first, none under it, the rest in any order."""
    gem = generator.choice(GEM_PLACES, count)
    order = generator.random((count, len(PLACES)))
    rows = np.arange(count)
    order[rows, gem], order[rows, gem + BELOW] = -1, 2
    return PLACES[order.argsort(1)[:, :THINGS]]


def _start(generator: Generator, key: np.ndarray, place: np.ndarray) -> np.ndarray:
    """A blank tile for each player, (puzzle, 2)."""
    taken = np.zeros((len(key), ROWS, COLUMNS), bool)
    for slot in range(THINGS):
        here = np.flatnonzero(key[:, slot] != NONE)
        row, column = place[here, slot].T
        for down in range(2 if slot == GEM_SLOT else 1):
            taken[here, row + down, column] = True
            if slot not in LOOSE_SLOTS:
                taken[here, row + down, column + 1] = True
    free = np.where(taken, -1, generator.random(taken.shape)).reshape(len(key), -1)
    return np.stack(np.divmod(free.argmax(1), COLUMNS), -1)
