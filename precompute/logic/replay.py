"""Episodes of an agent on bridge boards, step by step: the board, the policy, and what was attended to."""

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from devdash.distributions import bridge_boxworld, bridge_lockstep
from devdash.distributions.bridge_boxworld import Board
from devdash.distributions.bridge_env import hexadecimal
from devdash.distributions.bridge_lockstep import ENTITIES, Entities
from devdash.distributions.bridge_puzzles import KINDS, LENGTHS, NONE, THINGS, Puzzles
from devdash.models.board_agent import Reading
from precompute.logic.agents import Learner, choices, read

PLAYER = -1  # its number among the entities, of which it is none


def replayed(puzzles: Puzzles) -> list[int]:
    """Which episodes are replayed: the first of the evaluation of each length, without bridge and with."""
    bridged = puzzles.source != NONE
    candidates = [
        np.flatnonzero((puzzles.length == length) & (bridged == bridge))
        for length in LENGTHS
        for bridge in (False, True)
    ]
    return [int(numbers[0]) for numbers in candidates if len(numbers)]


def episodes(learner: Learner, puzzles: Puzzles, noise: np.ndarray, agent: str) -> dict[str, pd.DataFrame]:
    """Rows of logic_board, logic_attention and logic_pair, with the actions of the evaluation."""
    boards, attention, pairs = [], [], []
    for number, index in enumerate(replayed(puzzles)):
        state = bridge_lockstep.begin(puzzles.take([index]))
        board = bridge_boxworld.start(puzzles.one(index))
        place, ended = {"agent": agent, "seed": 0, "episode": number, "step": 0}, False
        while not ended:
            with torch.no_grad():
                reading = read(learner.shape, learner.params, state)
            chosen = choices(reading.logits, noise[[index], place["step"]])
            seen = bridge_lockstep.entities(state)
            state, reward, over = bridge_lockstep.take(state, chosen)
            ended = bool(over[0])
            value = float(reading.value[0]) / learner.settings.reward_scale
            facts = _facts(board) | {"value": value, "reward": float(reward[0]), "done": ended}
            boards += [place | facts | row for row in _things(seen, board, reading, int(chosen[0]))]
            names = np.flatnonzero(seen.present[0])
            attention += [place | row for row in _attention(reading, names)]
            pairs += [place | row for row in _pairs(reading, names)]
            board = _walked(board, int(chosen[0]))
            place = place | {"step": place["step"] + 1}
    tables = {"logic_board": boards, "logic_attention": attention, "logic_pair": pairs}
    return {table: pd.DataFrame(rows) for table, rows in tables.items() if rows}


def _walked(board: Board, slot: int) -> Board:
    """The board after the walk to a thing, move by move."""
    for direction in bridge_boxworld.walk(board, slot):
        board = bridge_boxworld.move(board, direction).board
    return board


def _facts(board: Board) -> dict:
    return {"length": board.puzzle.length, "bridge": board.puzzle.source != NONE}


def _things(seen: Entities, board: Board, reading: Reading, chosen: int) -> list[dict]:
    """A row for each entity, and one for the player."""
    probability = reading.logits[0].softmax(-1)
    none = {"key": None, "lock": None, "second_lock": None, "legal": False, "chosen": False}
    row, column = board.player
    rows = [none | {"entity": PLAYER, "kind": "player", "row": row, "col": column, "probability": 0.0}]
    for entity in np.flatnonzero(seen.present[0]).tolist():
        first, second = seen.locks[0, entity].tolist()
        row, column = seen.place[0, entity].tolist()
        rows.append(
            {
                "entity": entity,
                "kind": KINDS[entity] if entity < THINGS else "inventory",
                "row": row,
                "col": column,
                "key": hexadecimal(int(seen.key[0, entity])),
                "lock": hexadecimal(first),
                "second_lock": hexadecimal(second),
                "legal": bool(seen.legal[0, entity]),
                "chosen": entity == chosen,
                "probability": float(probability[entity]),
            }
        )
    return rows


def _attention(reading: Reading, names: np.ndarray) -> list[dict]:
    """1-simplicial weights between what is present; virtual entities are numbered from ENTITIES on."""
    return [
        {"block": block, "head": head, "query": query, "key": key, "weight": weight}
        for block, weights in enumerate(reading.attention)
        for head, query, key, weight in _entries(weights[0], [*names.tolist(), *_virtual(weights)])
    ]


def _virtual(weights: Tensor) -> range:
    return range(ENTITIES, weights.shape[-1])


def _entries(weights: Tensor, numbers: list[int]) -> list[tuple[int, int, int, float]]:
    return [
        (head, query, key, float(weights[head, query, key]))
        for head in range(len(weights))
        for query in numbers
        for key in numbers
    ]


def _pairs(reading: Reading, names: np.ndarray) -> list[dict]:
    """2-simplicial weights A_jk of what is present; j and k count the virtual entities from 0."""
    return [
        {
            "block": block,
            "head": head,
            "query": query,
            "j": j,
            "k": k,
            "weight": float(weights[0, head, query, j, k]),
        }
        for block, weights in enumerate(reading.pairs)
        for head in range(weights.shape[1])
        for query in names.tolist()
        for j in range(weights.shape[3])
        for k in range(weights.shape[4])
    ]
