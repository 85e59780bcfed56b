"""Bridge BoxWorld: known positions, the environment's interface, exhaustive play, and boards in lock step."""

import warnings
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from devdash.distributions import bridge_boxworld, bridge_env, bridge_lockstep
from devdash.distributions.bridge_puzzles import (
    BRIDGE_SLOT,
    COLUMNS,
    GEM,
    GEM_SLOT,
    LENGTHS,
    NONE,
    ROWS,
    Puzzle,
    Thing,
    draw,
)  # fmt: skip
from devdash.measures.board_search import search

LEFT, UP, RIGHT, DOWN = range(4)
SEED = 7


@pytest.fixture(scope="module")
def many():
    return draw(np.random.default_rng(SEED), 3000)


def by_hand() -> Puzzle:
    """L = 1: Gem at (1, 1) locked by 3 and 5, loose keys 3 at (5, 1) and 5 at (5, 4), bridge from 3 to 5 at
    (3, 7); the player stands above the first loose key."""
    things = [None] * 8
    things[0] = Thing("gem", (1, 1), GEM, (3, 5))
    things[5], things[6] = Thing("loose key", (5, 1), 3, ()), Thing("loose key", (5, 4), 5, ())
    things[7] = Thing("bridge", (3, 7), 5, (3,))
    return Puzzle(1, 1, 2, tuple(things), (4, 1))


def walked(board, *directions):
    rewards = []
    for direction in directions:
        board, reward, ended, _ = bridge_boxworld.move(board, direction)
        rewards.append(reward)
    return board, rewards, ended


def test_perfect_episode_by_hand():
    board = bridge_boxworld.start(by_hand())
    board, rewards, ended = walked(board, DOWN, RIGHT, RIGHT, RIGHT)
    assert rewards == [1, 0, 0, 1] and not ended and board.held == (3, 5)
    board, rewards, ended = walked(board, UP, UP, UP, LEFT)
    assert rewards == [0, 0, 0, 0] and board.player == (2, 3)
    board, rewards, ended = walked(board, LEFT)  # onto the lower of the two locks
    assert rewards == [10] and ended and GEM in board.held
    assert by_hand().perfect == 12


def test_locks_without_keys_keys_in_boxes_and_borders_stop_the_player():
    puzzle = by_hand()
    for tile, direction in (((0, 2), DOWN), ((2, 0), RIGHT), ((3, 6), RIGHT), ((2, 8), DOWN), ((0, 0), UP)):
        board = replace(bridge_boxworld.start(puzzle), player=tile)
        after, reward, ended, taken = bridge_boxworld.move(board, direction)
        assert (after, reward, ended, taken) == (board, 0, False, None)


def test_one_key_does_not_open_the_gem_and_the_bridge_ends_the_episode():
    board = replace(bridge_boxworld.start(by_hand()), held=(3,), left=frozenset({0, 6, 7}), player=(0, 2))
    assert bridge_boxworld.move(board, DOWN).board == board
    after, reward, ended, slot = bridge_boxworld.move(replace(board, player=(2, 8)), DOWN)
    assert (reward, ended, slot, after.held) == (-1, True, BRIDGE_SLOT, (5,))


def test_key_of_a_box_stands_where_the_key_of_its_lock_stood():
    box = Thing("box", (3, 4), 9, (3,))
    puzzle = replace(by_hand(), things=(*by_hand().things[:1], box, *by_hand().things[2:]))
    board = replace(bridge_boxworld.start(puzzle), held=(3, 5), player=(4, 5))
    assert bridge_boxworld.move(board, UP).board.held == (9, 5)


def test_letters_and_picture_of_a_known_board():
    board, _, _ = walked(bridge_boxworld.start(by_hand()), DOWN)
    assert bridge_env.letters(board).splitlines() == [
        ".........|d", ".*D......| ", ".*F......| ", ".......fD| ", ".........| ", ".@..f....| ",
        ".........| ",
    ]  # fmt: skip
    image = bridge_env.picture(board)
    assert image.shape == (ROWS, COLUMNS + 1, 3)
    assert (image[1, 1] == 255).all() and (image[3, 8] == bridge_env.PALETTE[3]).all()
    assert (image[0, 9] == bridge_env.PALETTE[3]).all() and (image[5, 1] == bridge_env.PLAYER).all()


def test_palette_holds_twenty_distinct_colours_and_white():
    assert len({tuple(colour) for colour in bridge_env.PALETTE.tolist()}) == 21
    assert bridge_env.hexadecimal(GEM) == "#ffffff" and bridge_env.hexadecimal(NONE) is None


def test_gymnasium_checker_finds_nothing():
    env = gymnasium.make("devdash/BridgeBoxWorld-v0")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped)


def test_environment_plays_a_planned_episode_to_its_full_reward():
    env = gymnasium.make("devdash/BridgeBoxWorld-v0", render_mode="ansi")
    _, info = env.reset(seed=SEED, options={"length": 3, "bridge": True})
    assert info["length"] == 3 and 1 <= info["source"] <= 3 < info["target"] <= 6
    board, total, ended = env.unwrapped.board, 0.0, False
    while not ended:
        slot = next(s for s in sorted(board.left - {BRIDGE_SLOT}) if bridge_boxworld.may_take(board, s))
        for direction in bridge_boxworld.walk(board, slot):
            _, reward, ended, truncated, _ = env.step(direction)
            total += reward
        board = env.unwrapped.board
    assert total == 16 and not truncated and "*" in env.render()


def test_environment_says_what_is_wrong():
    env = bridge_env.BridgeBoxWorld()
    with pytest.raises(RuntimeError, match="reset"):
        env.step(0)
    with pytest.raises(ValueError, match="colour"):
        env.reset(options={"colour": 1})
    with pytest.raises(ValueError, match="length = 4"):
        env.reset(options={"length": 4})
    with pytest.raises(ValueError, match="human"):
        bridge_env.BridgeBoxWorld("human")
    board = bridge_boxworld.start(by_hand())
    with pytest.raises(ValueError, match="gem"):
        bridge_boxworld.walk(board, GEM_SLOT)


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
            own = {*thing.key_tiles, *thing.lock_tiles}
            near = {(r + a, c + b) for r, c in own for a, b in bridge_boxworld.MOVES}
            assert not (near - own) & set(tiles)
        paths = ladder(puzzle, gem.locks[0]), ladder(puzzle, gem.locks[1])
        assert [len(path) for path in paths] == [puzzle.length] * 2 and not set(paths[0]) & set(paths[1])
        bridge = puzzle.things[BRIDGE_SLOT]
        if bridge:
            assert bridge.locks == (paths[0][puzzle.source - 1],)
            assert bridge.key == paths[1][puzzle.target - puzzle.length - 1]


def ladder(puzzle: Puzzle, colour: int) -> list[int]:
    """Colours from one that opens the Gem back to the loose key."""
    found = [colour]
    while True:
        givers = [thing for thing in puzzle.things[:BRIDGE_SLOT] if thing and thing.key == found[-1]]
        assert len(givers) == 1
        if not givers[0].locks:
            return found
        found.append(givers[0].locks[0])


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
            found = search(puzzles.one(index))
            assert (
                found.winnable and found.unlosable and found.dead_after_bridge is (True if bridge else None)
            )
            assert found.lowest == found.highest == 2 * length + 10


def test_search_sees_a_puzzle_that_can_be_lost_and_one_that_cannot_be_won():
    """A distractor of the old kind, a box that eats the key of path 1 and is called a box: play can be lost.
    Without the second loose key nothing can be won."""
    things = list(by_hand().things)
    things[7], things[1] = None, Thing("box", (3, 7), 11, (3,))
    lost = search(replace(by_hand(), things=tuple(things)))
    assert lost.winnable and not lost.unlosable and lost.dead_after_bridge is None
    things[1], things[6] = None, None
    never = search(replace(by_hand(), things=tuple(things)))
    assert not never.winnable and not never.unlosable


def test_harmless_bridge_would_be_seen():
    """A bridge that gives back the colour it takes does not lose the Gem."""
    things = list(by_hand().things)
    things[7] = Thing("bridge", (3, 7), 3, (3,))
    assert search(replace(by_hand(), things=tuple(things))).dead_after_bridge is False


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
