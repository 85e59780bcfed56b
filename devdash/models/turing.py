"""Turing machines whose programs vary smoothly: every tuple is a distribution.

Source: Clift, Murfet, Wallbridge 2021, "Geometry of Program Synthesis" (arXiv 2103.16080). A program w
has for every pair (symbol read, state) a distribution over the symbol written, one over the next state
and one over the move: w (pair, symbols + states + 3), pairs ordered by symbol, then by state. A code is a
vertex: all distributions are certain. The tape is seen from the head, which stands at its middle square.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

MOVES = ("Left", "Stay", "Right")
STAY = 1
Table = dict[tuple[str, str], tuple[str, str, str]]  # (read, state) → (write, next state, move)


@dataclass(frozen=True)
class Machine:
    """symbols: the first is the blank. states: of the machine; it starts in `start`."""

    symbols: tuple[str, ...]
    states: tuple[str, ...]
    start: str

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """(symbol read, state), in the order of a program's rows."""
        return list(product(self.symbols, self.states))

    @property
    def parts(self) -> dict[str, tuple[slice, tuple[str, ...]]]:
        """Part of a tuple → its columns in a program, and what they stand for."""
        S, Q = len(self.symbols), len(self.states)
        return {
            "write": (slice(0, S), self.symbols),
            "state": (slice(S, S + Q), self.states),
            "move": (slice(S + Q, S + Q + 3), MOVES),
        }

    @property
    def width(self) -> int:
        """Columns of a program."""
        return len(self.symbols) + len(self.states) + 3

    @property
    def dimension(self) -> int:
        """dim W: free coordinates of a program."""
        return len(self.pairs) * (self.width - 3)

    def squares(self, word: str, radius: int) -> np.ndarray:
        """The tape with a word from the head on to the right, as symbol numbers (2 radius + 1,)."""
        if len(word) > radius + 1:
            raise ValueError(
                f"word {word!r} of {len(word)} letters on {radius + 1} squares: take a larger radius"
            )
        tape = np.zeros(2 * radius + 1, dtype=np.int64)
        tape[radius : radius + len(word)] = [self._number(letter, word) for letter in word]
        return tape

    def _number(self, letter: str, word: str) -> int:
        if letter not in self.symbols:
            raise ValueError(f"word {word!r}: {letter!r} is no symbol of the machine, {self.symbols}")
        return self.symbols.index(letter)


def encode(machine: Machine, table: Table) -> np.ndarray:
    """The code of a discrete machine: w (pair, width), with a 1 in each distribution."""
    if set(table) != set(machine.pairs):
        odd = sorted(set(table) ^ set(machine.pairs))
        raise ValueError(
            f"table of tuples: one is expected for each of {machine.pairs}; missing or odd: {odd}"
        )
    w = np.zeros((len(machine.pairs), machine.width))
    for row, pair in enumerate(machine.pairs):
        for (columns, names), value in zip(machine.parts.values(), table[pair], strict=True):
            w[row, columns][names.index(value)] = 1.0
    return w


def decode(machine: Machine, w: np.ndarray) -> Table:
    """The likeliest entry of every distribution."""
    return {
        pair: tuple(names[int(row[columns].argmax())] for columns, names in machine.parts.values())
        for pair, row in zip(machine.pairs, w, strict=True)
    }


def mixed(machine: Machine, w: np.ndarray, entry: tuple[int, str, int], mass: float) -> np.ndarray:
    """The program with `mass` of one distribution moved to an entry: (1 − mass) of the old, mass of it.

    entry: row of the program, part, and number within the part.
    """
    row, part, place = entry
    columns, _ = machine.parts[part]
    program = w.copy()
    program[row, columns] *= 1 - mass
    program[row, columns][place] += mass
    return program


def step(machine: Machine, w: np.ndarray, tape: np.ndarray, state: np.ndarray):
    """One smooth step: tape (input, square, symbol), state (input, state) → the same after it.

    Squares and state count as independent. λ = P(head) P(state) for each pair, and the last pair that
    matches acts: μ_i = λ_i Π_{j>i} (1 − λ_j); with Π_j (1 − λ_j) nothing happens. Blanks are shifted in.
    """
    head = tape[:, tape.shape[1] // 2]
    chance = (head[:, :, None] * state[:, None, :]).reshape(len(tape), -1)
    later = np.cumprod(1 - chance[:, ::-1], axis=1)[:, ::-1]
    idle, acts = later[:, :1], chance * np.append(later[:, 1:], np.ones_like(later[:, :1]), axis=1)
    write, following, move = (acts @ w[:, columns] for columns, _ in machine.parts.values())
    written = tape.copy()
    written[:, tape.shape[1] // 2] = idle * head + write
    left, stay, right = move[:, 0], move[:, STAY] + idle[:, 0], move[:, 2]
    shifted = stay[:, None, None] * written
    blank = np.eye(len(machine.symbols))[:1]
    shifted[:, 1:] += left[:, None, None] * written[:, :-1]
    shifted[:, :1] += left[:, None, None] * blank
    shifted[:, :-1] += right[:, None, None] * written[:, 1:]
    shifted[:, -1:] += right[:, None, None] * blank
    return shifted, idle * state + following


def run(machine: Machine, w: np.ndarray, word: str, steps: int, half_width: int):
    """The run on one word: tapes (step, square, symbol) and states (step, state).

    The first row is the start; squares are −half_width … half_width. The tape reaches so far that
    these squares are those of an endless one.
    """
    radius = max(half_width, len(word)) + steps
    tape = np.eye(len(machine.symbols))[machine.squares(word, radius)][None]
    state = np.eye(len(machine.states))[[machine.states.index(machine.start)]]
    tapes, states = [tape[0]], [state[0]]
    for _ in range(steps):
        tape, state = step(machine, w, tape, state)
        tapes.append(tape[0])
        states.append(state[0])
    return np.stack(tapes)[:, radius - half_width : radius + half_width + 1], np.stack(states)


def final_states(machine: Machine, w: np.ndarray, words: list[str], steps: int) -> np.ndarray:
    """Distribution of the state after all steps, (input, state). Only squares that can matter are kept."""
    radius = max([steps, *(len(word) - 1 for word in words)])
    squares = np.stack([machine.squares(word, radius) for word in words])
    tape = np.eye(len(machine.symbols))[squares[:, radius - steps : radius + steps + 1]]
    state = np.eye(len(machine.states))[[machine.states.index(machine.start)] * len(words)]
    for _ in range(steps):
        tape, state = step(machine, w, tape, state)
        tape = tape[:, 1:-1]
    return state


def nats(states: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """−log p(answer) for each input. states (input, state), answers (input,).

    Near certainty from the chance of a wrong answer, so that no digit of a small loss is lost.
    """
    right = np.take_along_axis(states, answers[:, None], axis=1)[:, 0]
    others = np.where(np.arange(states.shape[1]) == answers[:, None], 0, states).sum(1)
    with np.errstate(divide="ignore"):
        return np.where(right > 0.5, -np.log1p(-np.minimum(others, 0.5)), -np.log(right))


def run_discrete(machine: Machine, table: Table, word: str, steps: int, half_width: int):
    """The discrete machine: symbol numbers (step, square) as seen from the head, state numbers (step,)."""
    tape = dict(enumerate(word))
    head, state = 0, machine.start
    rows, states = [], []
    for number in range(steps + 1):
        rows.append(
            [
                machine.symbols.index(tape.get(head + k, machine.symbols[0]))
                for k in range(-half_width, half_width + 1)
            ]
        )
        states.append(machine.states.index(state))
        if number < steps:
            tape[head], state, move = table[tape.get(head, machine.symbols[0]), state]
            head += MOVES.index(move) - STAY
    return np.array(rows), np.array(states)
