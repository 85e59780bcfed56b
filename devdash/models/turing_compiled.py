"""The loss of many programs on many inputs, compiled: smooth runs of turing.py in lanes of inputs."""

import math

import numba
import numpy as np

from devdash.models.turing import Machine

MOST_LANES = 32  # inputs that go through a program together
compiled = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
inlined = numba.njit(inline="always")


class Loss:
    """Σ counts · (−log p(answer)) of many programs at once, in nats.

    words, answers, counts: as in distributions/synthesis_problems.py; steps: of each run.
    """

    def __init__(self, machine: Machine, words, answers, counts, steps: int):
        order = np.argsort(-np.asarray(counts), kind="stable")  # heavy ones tell first that a program is bad
        radius = max([steps, *(len(word) - 1 for word in words)])
        squares = np.stack([machine.squares(words[place], radius) for place in order])
        self.lanes = min(MOST_LANES, len(order))
        pad = -len(order) % self.lanes
        self.squares = np.pad(squares[:, radius - steps : radius + steps + 1], ((0, pad), (0, 0)))
        self.answers = np.pad(np.asarray(answers)[order], (0, pad))
        self.counts = np.pad(np.asarray(counts, dtype=float)[order], (0, pad))
        self.machine, self.steps = machine, steps

    def __call__(self, w: np.ndarray, limit: np.ndarray | None = None) -> np.ndarray:
        """w (program, pair, width), or flat from pair on → loss (program,).

        ∞ where it exceeds `limit` (program,), which is seen before all inputs have run.
        """
        limit = np.full(len(w), np.inf) if limit is None else limit
        rows = np.ascontiguousarray(w).reshape(len(w), len(self.machine.pairs), self.machine.width)
        start, symbols = self.machine.states.index(self.machine.start), len(self.machine.symbols)
        inputs = (self.squares, self.answers, self.counts)
        return _losses(rows, *inputs, start, self.steps, symbols, self.lanes, limit)


@compiled
def _losses(w, squares, answers, counts, start, steps, symbols, lanes, limit):
    losses = np.zeros(len(w))
    states = w.shape[2] - symbols - 3
    tape, spare = np.empty((symbols, 2 * steps + 1, lanes)), np.empty((symbols, 2 * steps + 1, lanes))
    for program in range(len(w)):
        if not limit[program] > 0:
            losses[program] = np.inf
            continue
        for first in range(0, len(squares), lanes):
            tape[:] = 0.0
            for lane in range(lanes):
                for square in range(2 * steps + 1):
                    tape[squares[first + lane, square], square, lane] = 1.0
            state = _run(w[program], tape, spare, start, steps, states)
            for lane in range(lanes):
                count = counts[first + lane]
                if count > 0:
                    losses[program] += count * _nats(state, lane, answers[first + lane])
            if losses[program] > limit[program]:
                losses[program] = np.inf
                break
    return losses


@compiled
def _nats(state, lane, answer):
    """−log p(answer) of one input, near certainty from the chance of a wrong answer (`turing.nats`)."""
    right, others = state[answer, lane], 0.0
    for number in range(len(state)):
        if number != answer:
            others += state[number, lane]
    return -math.log1p(-min(others, 0.5)) if right > 0.5 else -math.log(right)


@compiled
def _run(w, tape, spare, start, steps, states):
    """State after all steps (state, lane). tape (symbol, square, lane) is used up.

    Each step needs one square less on either side.
    """
    symbols, _, lanes = tape.shape
    state, following = np.zeros((states, lanes)), np.zeros((states, lanes))
    state[start] = 1.0
    write, move = np.zeros((symbols, lanes)), np.zeros((3, lanes))
    rest, acts = np.empty(lanes), np.empty(lanes)
    for number in range(steps):
        _act(w, tape, steps, state, write, following, move, rest, acts)
        state, following = following, state
        reach = steps - 1 - number
        for symbol in range(symbols if reach else 0):
            tape[symbol, steps] = write[symbol]
            for square in range(steps - reach, steps + reach + 1):
                before, here, after = tape[symbol, square - 1], tape[symbol, square], tape[symbol, square + 1]
                _shift(spare[symbol, square], before, here, after, move[0], move[1], move[2])
        tape, spare = spare, tape
    return state


@compiled
def _act(w, tape, head, state, write, following, move, rest, acts):
    """What is written, the next state and the move: the last pair that matches acts, from the back."""
    symbols, states = len(write), len(state)
    write[:], following[:], move[:], rest[:] = 0.0, 0.0, 0.0, 1.0
    for symbol in range(symbols - 1, -1, -1):
        for current in range(states - 1, -1, -1):
            row = w[symbol * states + current]
            _match(tape[symbol, head], state[current], rest, acts)
            for number in range(symbols):
                _add(write[number], row[number], acts)
            for number in range(states):
                _add(following[number], row[symbols + number], acts)
            for number in range(3):
                _add(move[number], row[symbols + states + number], acts)
    _add(move[1], 1.0, rest)
    for number in range(symbols):
        _add_product(write[number], tape[number, head], rest)
    for number in range(states):
        _add_product(following[number], state[number], rest)


@inlined
def _match(symbol, state, rest, acts):
    for lane in range(len(rest)):
        chance = symbol[lane] * state[lane]
        acts[lane] = chance * rest[lane]
        rest[lane] *= 1 - chance


@inlined
def _add(total, share, acts):
    for lane in range(len(total)):
        total[lane] += share * acts[lane]


@inlined
def _add_product(total, one, other):
    for lane in range(len(total)):
        total[lane] += one[lane] * other[lane]


@inlined
def _shift(shifted, before, here, after, left, stay, right):
    for lane in range(len(shifted)):
        shifted[lane] = left[lane] * before[lane] + stay[lane] * here[lane] + right[lane] * after[lane]
