"""Live runs of the stored Turing machines, with some mass in one wrong entry of their code."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from devdash.models import turing
from devdash.store.labels import rows_of

SQUARES = 6  # of the tape that are seen on either side of the head
CHANCE = {"chance": "chance"}


@dataclass(frozen=True)
class Program:
    """machine; w (pair, width): the code with `mass` in an edge; the edge's name; steps that it runs;
    words that it can run on, with their right answers; the one that is chosen."""

    machine: turing.Machine
    w: np.ndarray
    edge: str
    steps: int
    words: pd.DataFrame
    word: str


@rows_of("program_word", **CHANCE, step="step", square="square from the head", symbol="symbol")
def program_tape(fetch: Callable, run: str, problem="detectA", word=None, edge=None, mass=0.0):
    """Chance of each symbol on squares around the head by step, in the smooth run on a word."""
    program = _program(fetch, run, problem, word, edge, mass)
    if program is None:
        return pd.DataFrame(columns=["step", "square", "symbol", "chance"])
    tapes, _ = turing.run(program.machine, program.w, program.word, program.steps, SQUARES)
    squares, symbols = _around(tapes.shape[1]), program.machine.symbols
    return _long(tapes, step=range(len(tapes)), square=squares, symbol=symbols)


@rows_of("program_word", **CHANCE, step="step", state="state")
def program_states(fetch: Callable, run: str, problem="detectA", word=None, edge=None, mass=0.0):
    """Chance of each state by step in that run."""
    program = _program(fetch, run, problem, word, edge, mass)
    if program is None:
        return pd.DataFrame(columns=["step", "state", "chance"])
    _, states = turing.run(program.machine, program.w, program.word, program.steps, SQUARES)
    return _long(states, step=range(len(states)), state=program.machine.states)


@rows_of("program_edge", "program_word", word_loss="loss on the word (nats)")
def program_loss(fetch: Callable, run: str, problem="detectA", word=None, edge=None, mass=0.0):
    """K over all words at `mass` of an edge, the loss on one word and its right answer, in one row."""
    program = _program(fetch, run, problem, word, edge, mass)
    if program is None:
        return pd.DataFrame(columns=["edge", "mass", "loss", "word", "word_loss", "answer"])
    machine, words = program.machine, program.words
    answers = np.array([machine.states.index(answer) for answer in words["answer"]])
    ends = turing.final_states(machine, program.w, list(words["word"]), program.steps)
    losses, lengths = turing.nats(ends, answers), words["word"].str.len()
    chance = 2.0**-lengths / lengths.nunique()
    place = int(np.flatnonzero(words["word"] == program.word)[0])
    facts = {
        "edge": program.edge,
        "mass": mass,
        "loss": float((chance * losses).sum()),
        "word": program.word,
        "word_loss": losses[place],
        "answer": words["answer"].iloc[place],
    }
    return pd.DataFrame([facts])


def late_word(words: pd.DataFrame) -> str:
    """A long word whose first A stands last, such as BBBA: most can go wrong on the way."""
    return "B" * (words["word"].str.len().max() - 1) + "A"


def _program(fetch: Callable, run: str, problem: str, word, edge, mass: float) -> Program | None:
    """The program of these choices; unknown words and edges give the first. None where rows are missing."""
    codes, words = fetch("program_codes", run, problem=problem), fetch("program_words", run, problem=problem)
    edges = fetch("program_live_edges", run, problem=problem)
    if codes.empty or words.empty or edges.empty:
        return None
    symbols, states = (tuple(codes[column].drop_duplicates()) for column in ("symbol", "state"))
    machine = turing.Machine(symbols, states, codes["start_state"].iloc[0])
    if not _fits(machine, codes, words, edges):
        return None
    entries = zip(codes["write"], codes["next_state"], codes["move"], strict=True)
    code = turing.encode(machine, dict(zip(machine.pairs, entries, strict=True)))
    row = edges[edges["edge"] == edge].iloc[0] if edge in set(edges["edge"]) else edges.iloc[0]
    wrong = turing.mixed(machine, code, (int(row["place"]), row["part"], int(row["entry"])), mass)
    word = word if word in set(words["word"]) else late_word(words)
    return Program(machine, wrong, row["edge"], int(row["steps"]), words, word)


def _fits(machine: turing.Machine, codes: pd.DataFrame, words: pd.DataFrame, edges: pd.DataFrame) -> bool:
    """Whether there is a tuple for each pair, and all is made of what the machine knows."""
    known = {part: set(names) for part, (_, names) in machine.parts.items()}
    columns = dict(zip(known, ("write", "next_state", "move"), strict=True))
    return (
        len(codes) == len(machine.pairs)
        and machine.start in machine.states
        and all(set(codes[column]) <= known[part] for part, column in columns.items())
        and set(words["answer"]) <= known["state"]
        and words["word"].notna().all()
        and set("".join(words["word"])) <= known["write"]
        and edges[["place", "entry", "steps"]].notna().all(axis=None)
        and edges["place"].between(0, len(codes) - 1).all()
        and all(0 <= edge.entry < len(known.get(edge.part, ())) for edge in edges.itertuples())
    )


def _around(width: int) -> range:
    """Numbers of the squares of a tape that is seen from the head, which stands at 0."""
    return range(-(width // 2), width - width // 2)


def _long(values: np.ndarray, **names) -> pd.DataFrame:
    """One row per value; names: of each axis in order, with what its places are called."""
    places = [axis.ravel() for axis in np.indices(values.shape)]
    columns = {
        axis: np.array(called)[place] for (axis, called), place in zip(names.items(), places, strict=True)
    }
    return pd.DataFrame(columns | {"chance": values.ravel()})
