"""Bridge BoxWorld: the rules of single moves, and the shortest way to a thing.

Source: Clift, Doryn, Murfet, Wallbridge 2019 (arXiv 1909.00668), section 4, and the authors' environment
(github.com/dmurfet/2simplicialtransformer, env/bridge_boxworld.py).
"""

from dataclasses import dataclass
from typing import NamedTuple

from devdash.distributions.bridge_puzzles import COLUMNS, LOST, OPENED, ROWS, WON, Puzzle, Thing

MOVES = ((0, -1), (-1, 0), (0, 1), (1, 0))  # left, up, right, down as (row, column)


@dataclass(frozen=True)
class Board:
    """A puzzle while it is played. left: slots of what still stands; held: colours of keys, from the top."""

    puzzle: Puzzle
    player: tuple[int, int]
    left: frozenset[int]
    held: tuple[int, ...] = ()

    def at(self, tile: tuple[int, int]) -> int | None:
        """Slot of what stands on a tile."""
        slot = self.puzzle.tiles.get(tile)
        return slot if slot in self.left else None


class Step(NamedTuple):
    """What a move leads to. slot: what was taken, if anything."""

    board: Board
    reward: float
    ended: bool
    slot: int | None


def start(puzzle: Puzzle) -> Board:
    """The board at the beginning of an episode."""
    return Board(puzzle, puzzle.player, frozenset(s for s, thing in enumerate(puzzle.things) if thing))


def may_take(board: Board, slot: int) -> bool:
    """Whether all keys that a thing needs are held."""
    return slot in board.left and all(lock in board.held for lock in board.puzzle.things[slot].locks)


def move(board: Board, direction: int) -> Step:
    """One step of the player; keys inside boxes, locks without their key and the border stop it."""
    row, column = (here + by for here, by in zip(board.player, MOVES[direction], strict=True))
    if not (0 <= row < ROWS and 0 <= column < COLUMNS):
        return Step(board, 0.0, False, None)
    slot = board.at((row, column))
    if slot is None:
        return Step(Board(board.puzzle, (row, column), board.left, board.held), 0.0, False, None)
    thing = board.puzzle.things[slot]
    if (row, column) not in thing.entrances or not may_take(board, slot):
        return Step(board, 0.0, False, None)
    after = Board(board.puzzle, (row, column), board.left - {slot}, _exchanged(board.held, thing))
    reward = {"gem": WON, "bridge": LOST}.get(thing.kind, OPENED)
    return Step(after, reward, thing.kind in ("gem", "bridge"), slot)


def _exchanged(held: tuple[int, ...], thing: Thing) -> tuple[int, ...]:
    """The inventory after taking a thing: its key stands where the (first) key that opened it stood."""
    if not thing.locks:
        return (*held, thing.key)
    keys = list(held)
    keys[keys.index(thing.locks[0])] = thing.key
    for lock in thing.locks[1:]:
        keys.remove(lock)
    return tuple(keys)


def walk(board: Board, slot: int) -> list[int]:
    """The shortest moves that take a thing and touch nothing else on the way (breadth first)."""
    if not may_take(board, slot):
        raise ValueError(f"walk: {board.puzzle.things[slot]} cannot be taken with the keys {board.held}")
    goals, came, queue = (
        set(board.puzzle.things[slot].entrances),
        {board.player: (None, None)},
        [board.player],
    )
    for tile in queue:
        for direction, by in enumerate(MOVES):
            after = (tile[0] + by[0], tile[1] + by[1])
            inside = 0 <= after[0] < ROWS and 0 <= after[1] < COLUMNS
            if after in came or not inside or (after not in goals and board.at(after) is not None):
                continue
            came[after] = (tile, direction)
            if after in goals:
                return _back(came, after)
            queue.append(after)
    raise ValueError(f"walk: no way to {board.puzzle.things[slot]} from {board.player}")


def _back(came: dict, tile: tuple[int, int]) -> list[int]:
    moves = []
    while came[tile][0] is not None:
        tile, direction = came[tile]
        moves.append(direction)
    return moves[::-1]
