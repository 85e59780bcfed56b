"""Everything that can happen on a board of bridge BoxWorld: breadth first over all single moves.

A state is the player's tile, what still stands and the keys held. Play goes on here after a bridge, where
an episode would end, so that what the bridge cost can be seen.
"""

from dataclasses import dataclass

from devdash.distributions.bridge_boxworld import MOVES, Board, move, start
from devdash.distributions.bridge_puzzles import BRIDGE_SLOT, GEM_SLOT, Puzzle


@dataclass(frozen=True)
class Outcomes:
    """winnable: some play takes the Gem. unlosable: from every state before the bridge the Gem can still be
    taken without it. dead_after_bridge: no play that opened the bridge takes the Gem; None without bridge.
    lowest, highest: sums of rewards of all plays that take the Gem.

    >>> from devdash.distributions.bridge_puzzles import draw
    >>> plays = search(draw(np.random.default_rng(0), 1, length=1, bridge=True).one(0))
    >>> plays.winnable, plays.unlosable, plays.dead_after_bridge
    (True, True, True)
    """

    states: int
    winnable: bool
    unlosable: bool
    dead_after_bridge: bool | None
    lowest: float
    highest: float


def search(puzzle: Puzzle) -> Outcomes:
    """Every state that moves lead to, and from which of them the Gem can be taken.

    The sum of rewards is one of a state: each thing is taken once, and what was taken stands no more.

    >>> from devdash.distributions.bridge_puzzles import draw
    >>> plays = search(draw(np.random.default_rng(0), 1, length=1, bridge=False).one(0))
    >>> plays.lowest, plays.highest  # two keys, and the Gem
    (12.0, 12.0)
    """
    first = start(puzzle)
    rewards, before, queue, wins = {_key(first): 0.0}, {_key(first): set()}, [first], set()
    for board in queue:
        here = _key(board)
        if GEM_SLOT not in board.left:
            wins.add(here)
            continue
        for direction in range(len(MOVES)):
            after, reward, _, _ = move(board, direction)
            key = _key(after)
            if key not in rewards:
                rewards[key], before[key] = rewards[here] + reward, set()
                queue.append(after)
            before[key].add(here)
    bridged = puzzle.things[BRIDGE_SLOT] is not None
    opened = {key for key in rewards if bridged and BRIDGE_SLOT not in key[1]}
    honest = _reach({key for key in wins if key not in opened}, before)
    totals = [rewards[key] for key in wins]
    return Outcomes(
        len(rewards),
        bool(wins),
        honest >= rewards.keys() - opened,
        not wins & opened if bridged else None,
        min(totals, default=float("nan")),
        max(totals, default=float("nan")),
    )


def _key(board: Board) -> tuple:
    return board.player, board.left, board.held


def _reach(goals: set, before: dict[tuple, set]) -> set:
    """All states from which some play leads to one of the goals."""
    reached, queue = set(goals), list(goals)
    while queue:
        for key in before[queue.pop()] - reached:
            reached.add(key)
            queue.append(key)
    return reached
