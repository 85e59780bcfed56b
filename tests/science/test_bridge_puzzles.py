"""Random puzzles of bridge BoxWorld, everything that play can lead to, and boards in lock step."""

import numpy as np
import pytest

from devdash.distributions import bridge_boxworld, bridge_lockstep
from devdash.distributions.bridge_puzzles import (
    BRIDGE_SLOT,
    COLUMNS,
    GEM_SLOT,
    LENGTHS,
    NONE,
    ROWS,
    Puzzle,
    draw,
)
from devdash.measures.logic.board_search import search

SEED = 7


@pytest.fixture(scope="module")
def many():
    return draw(np.random.default_rng(SEED), 3000)


def test_random_puzzles_follow_the_rules_of_the_paper(many):
    for index in range(300):
        puzzle = many.one(index)
        things = [thing for thing in puzzle.things if thing]
        tiles = [tile for thing in things for tile in (*thing.key_tiles, *thing.lock_tiles)]
        assert len(set(tiles)) == len(tiles) and puzzle.player not in tiles
        assert all(0 <= row < ROWS and 0 <= column < COLUMNS for row, column in tiles)
        gem = puzzle.things[GEM_SLOT]
        assert gem.place[0] < 5 and gem.place[1] < 7
        for thing in things:  # no thing touches another
            thing_tiles = {*thing.key_tiles, *thing.lock_tiles}
            near = {(r + a, c + b) for r, c in thing_tiles for a, b in bridge_boxworld.MOVES}
            assert not (near - thing_tiles) & set(tiles)
        paths = ladder(puzzle, gem.locks[0]), ladder(puzzle, gem.locks[1])
        assert [len(path) for path in paths] == [puzzle.length] * 2 and not set(paths[0]) & set(paths[1])
        bridge = puzzle.things[BRIDGE_SLOT]
        if bridge:
            assert bridge.locks == (paths[0][puzzle.source - 1],)
            assert bridge.key == paths[1][puzzle.target - puzzle.length - 1]


def ladder(puzzle: Puzzle, colour: int) -> list[int]:
    """Colours from one that opens the Gem back to the loose key."""
    colours = [colour]
    while True:
        givers = [thing for thing in puzzle.things[:BRIDGE_SLOT] if thing and thing.key == colours[-1]]
        assert len(givers) == 1
        if not givers[0].locks:
            return colours
        colours.append(givers[0].locks[0])


def test_lengths_bridges_and_types_have_the_frequencies_asked_for(many):
    n, bridged = len(many), many.source != NONE
    assert abs(bridged.mean() - 0.5) < 4 * 0.5 / n**0.5
    for length in LENGTHS:
        assert abs((many.length == length).mean() - 1 / 3) < 4 * (2 / 9 / n) ** 0.5
    three = bridged & (many.length == 3)
    counts = np.unique(many.source[three] * 10 + many.target[three], return_counts=True)[1]
    assert len(counts) == 9 and abs(counts - three.sum() / 9).max() < 4 * (three.sum() / 9) ** 0.5
    assert not draw(np.random.default_rng(0), 50, 2, False).source.max() > 0


def test_same_seed_same_puzzles(many):
    again = draw(np.random.default_rng(SEED), 3000)
    for name, array in vars(many).items():
        assert (array == getattr(again, name)).all()


@pytest.mark.parametrize("length", LENGTHS)
def test_exhaustive_search_finds_no_way_to_lose_but_the_bridge(length):
    generator = np.random.default_rng(SEED + length)
    for bridge in (False, True):
        puzzles = draw(generator, 3, length, bridge)
        for index in range(3):
            play = search(puzzles.one(index))
            assert play.winnable and play.unlosable and play.dead_after_bridge is (True if bridge else None)
            assert play.lowest == play.highest == 2 * length + 10


def test_lock_step_agrees_with_single_moves(many):
    generator = np.random.default_rng(SEED)
    for index in range(120):
        board, state = bridge_boxworld.start(many.one(index)), bridge_lockstep.begin(many.take([index]))
        ended = [False]
        while not ended[0]:
            can = [slot for slot in sorted(board.left) if bridge_boxworld.may_take(board, slot)]
            assert can == np.flatnonzero(bridge_lockstep.legal(state)[0]).tolist()
            slot = int(generator.choice(can))
            for direction in bridge_boxworld.walk(board, slot):
                assert len(board.left) == state.left.sum()  # nothing is taken on the way
                board, reward, over, taken = bridge_boxworld.move(board, direction)
            state, rewards, ended = bridge_lockstep.take(state, np.array([slot]))
            assert (taken, reward, over) == (slot, rewards[0], ended[0])
            if slot != GEM_SLOT:
                assert tuple(state.held[0][state.held[0] != NONE]) == board.held


def test_lock_step_renews_only_the_boards_asked_for_and_refuses_what_is_illegal(many):
    state, new = bridge_lockstep.begin(many.take(np.arange(6))), many.take(np.arange(6, 8))
    where = np.array([True, False, False, True, False, False])
    after = bridge_lockstep.renewed(state, where, new)
    assert (after.puzzles.key[where] == new.key).all() and (
        after.puzzles.key[~where] == state.puzzles.key[~where]
    ).all()
    with pytest.raises(ValueError, match="cannot take"):
        bridge_lockstep.take(state, np.zeros(6, int))


def test_features_tell_colours_places_and_keys_held(many):
    state = bridge_lockstep.begin(many.take(np.arange(50)))
    state, _, _ = bridge_lockstep.take(state, np.full(50, 5))
    seen = bridge_lockstep.entities(state)
    x = bridge_lockstep.features(seen)
    assert x.shape == (50, bridge_lockstep.ENTITIES, bridge_lockstep.FEATURES) and x.dtype == np.float32
    assert (x[:, 8, :21].argmax(1) == state.puzzles.key[:, 5]).all() and (x[:, 8, 41] == 1).all()
    assert (x[:, 0, 21:41].sum(1) == 2).all() and (x[:, 0, 20] == 1).all()
    assert (np.abs(x[..., -2:]) <= 1).all() and (x[:, 8, -1] == 1).all()
    assert not seen.present[:, 5].any() and not seen.present[:, 9].any() and not seen.legal[:, 8:].any()
