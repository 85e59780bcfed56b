"""Bridge BoxWorld: known positions, the environment's interface, exhaustive play, and boards in lock step."""

import warnings
from dataclasses import replace

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

from devdash.distributions import bridge_boxworld, bridge_env
from devdash.distributions.bridge_puzzles import (
    BRIDGE_SLOT,
    COLUMNS,
    GEM,
    GEM_SLOT,
    NONE,
    ROWS,
    Puzzle,
    Thing,
)
from devdash.measures.logic.board_search import search

LEFT, UP, RIGHT, DOWN = range(4)
SEED = 7


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
        ".........|d",
        ".*D......| ",
        ".*F......| ",
        ".......fD| ",
        ".........| ",
        ".@..f....| ",
        ".........| ",
    ]
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
