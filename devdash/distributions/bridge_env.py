"""Bridge BoxWorld as a Gymnasium environment: one move of the player at a time, seen as an RGB image.

Source: Clift et al. 2019 (arXiv 1909.00668), section 4: 7 × 9 tiles and the inventory as a tenth column,
20 colours of saturation .7 and brightness .8, a white Gem, a dark grey player; no limit on moves.
`gymnasium.make("devdash/BridgeBoxWorld-v0", render_mode="ansi")` after importing this module.
"""

import colorsys
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from devdash.distributions.bridge_boxworld import MOVES, Board, move, start
from devdash.distributions.bridge_puzzles import COLOURS, COLUMNS, GEM, LENGTHS, NONE, ROWS, draw

BLANK, EMPTY, PLAYER = (220, 220, 220), (0, 0, 0), (60, 60, 60)
PALETTE = np.array(
    [
        *([round(255 * part) for part in colorsys.hsv_to_rgb(k / COLOURS, 0.7, 0.8)] for k in range(COLOURS)),
        (255, 255, 255),
    ],
    np.uint8,
)
ENLARGED = 24  # pixels of a tile in render()


class BridgeBoxWorld(gymnasium.Env):
    """Observation: (7, 10, 3) RGB, uint8. Actions: left, up, right, down. Rewards: +1, +10, −1.

    reset(seed, options): options may say `length` (1, 2 or 3) and `bridge` (True or False). info: the
    puzzle's `length`, `source`, `target` and the number of `keys` held.
    """

    metadata = {"render_modes": ["rgb_array", "ansi"], "render_fps": 8}  # noqa: RUF012 (Gymnasium's interface)

    def __init__(self, render_mode: str | None = None):
        if render_mode not in (None, *self.metadata["render_modes"]):
            modes = self.metadata["render_modes"]
            raise ValueError(f"BridgeBoxWorld: render_mode {render_mode!r} given, expected one of {modes}")
        self.render_mode = render_mode
        self.observation_space = spaces.Box(0, 255, (ROWS, COLUMNS + 1, 3), np.uint8)
        self.action_space = spaces.Discrete(len(MOVES))
        self.board: Board | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        """A new puzzle."""
        super().reset(seed=seed)
        options = dict(options or {})
        unknown = set(options) - {"length", "bridge"}
        if unknown:
            raise ValueError(
                f"BridgeBoxWorld: options {sorted(unknown)} given, expected length ({LENGTHS}) or bridge "
                "(True, False)"
            )
        self.board = start(draw(self.np_random, 1, options.get("length"), options.get("bridge")).one(0))
        return picture(self.board), _info(self.board)

    def step(self, action: int):
        """One move."""
        if self.board is None:
            raise RuntimeError("BridgeBoxWorld: step before the first reset; call reset() first")
        self.board, reward, ended, _ = move(self.board, int(action))
        return picture(self.board), reward, ended, False, _info(self.board)

    def render(self) -> np.ndarray | str | None:
        """The board as an enlarged image (rgb_array) or as letters (ansi)."""
        if self.board is None or self.render_mode is None:
            return None
        if self.render_mode == "ansi":
            return letters(self.board)
        return picture(self.board).repeat(ENLARGED, 0).repeat(ENLARGED, 1)


def _info(board: Board) -> dict[str, int]:
    puzzle = board.puzzle
    numbers = {"length": puzzle.length, "source": puzzle.source, "target": puzzle.target}
    return numbers | {"keys": len(board.held)}


def picture(board: Board) -> np.ndarray:
    """A board in colour, (7, 10, 3) uint8; the inventory is the last column, from the top."""
    pixels = np.empty((ROWS, COLUMNS + 1, 3), np.uint8)
    pixels[:, :-1], pixels[:, -1] = BLANK, EMPTY
    for slot in board.left:
        thing = board.puzzle.things[slot]
        for tile in thing.key_tiles:
            pixels[tile] = PALETTE[thing.key]
        for tile, lock in zip(thing.lock_tiles, thing.locks, strict=True):
            pixels[tile] = PALETTE[lock]
    for row, key in enumerate(board.held):
        pixels[row, -1] = PALETTE[key]
    pixels[board.player] = PLAYER
    return pixels


def letters(board: Board) -> str:
    """A board in letters: keys a … t, locks A … T, * the Gem, @ the player; the inventory after a bar."""
    rows = [["."] * COLUMNS for _ in range(ROWS)]
    for slot in board.left:
        thing = board.puzzle.things[slot]
        for row, column in thing.key_tiles:
            rows[row][column] = letter(thing.key)
        for (row, column), lock in zip(thing.lock_tiles, thing.locks, strict=True):
            rows[row][column] = letter(lock).upper()
    rows[board.player[0]][board.player[1]] = "@"
    held = [letter(key) for key in board.held] + [" "] * (ROWS - len(board.held))
    return "\n".join("".join(row) + "|" + key for row, key in zip(rows, held, strict=True))


def letter(colour: int) -> str:
    """a … t, and * for the Gem."""
    return "*" if colour == GEM else chr(ord("a") + colour)


def hexadecimal(colour: int) -> str | None:
    """A colour as '#rrggbb'; nothing for NONE."""
    return None if colour == NONE else "#" + "".join(f"{part:02x}" for part in PALETTE[colour])


gymnasium.register("devdash/BridgeBoxWorld-v0", entry_point=f"{__name__}:{BridgeBoxWorld.__name__}")
