"""Aligned maps of three blobs: they stay apart and stay in place."""

from itertools import pairwise

import numpy as np
import pytest

from devdash.measures.heads.embryology import aligned

EACH, HEADS = 25, 5
BLOB = np.repeat([0, 1, 2], EACH)
STEPS = [1000, 0, 100]  # given in any order


def matrices() -> dict[int, np.ndarray]:
    random = np.random.default_rng(0)
    centres = 8 * random.standard_normal((3, HEADS))
    return {step: centres[BLOB] + random.standard_normal((len(BLOB), HEADS)) for step in STEPS}


@pytest.fixture(scope="module")
def maps_by_step() -> dict[int, np.ndarray]:
    return aligned(matrices(), seed=3, neighbours=10)


def middles(places: np.ndarray) -> np.ndarray:
    return np.stack([places[number == BLOB].mean(0) for number in range(3)])


@pytest.mark.slow
def test_blobs_stay_apart(maps_by_step):
    assert list(maps_by_step) == sorted(STEPS)
    for places in maps_by_step.values():
        assert places.shape == (len(BLOB), 2) and np.isfinite(places).all()
        away = np.linalg.norm(places[:, None] - middles(places), axis=-1)
        assert (away.argmin(1) == BLOB).all()


@pytest.mark.slow
def test_a_blob_stays_near_its_earlier_place(maps_by_step):
    maps = [middles(places) for places in maps_by_step.values()]
    for before, after in pairwise(maps):
        moved = np.linalg.norm(after[:, None] - before, axis=-1)
        assert (moved.argmin(1) == [0, 1, 2]).all()
        assert np.diag(moved).max() < 0.5 * moved[~np.eye(3, dtype=bool)].min()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_map(maps_by_step):
    again = aligned(matrices(), seed=3, neighbours=10)
    assert all(np.array_equal(maps_by_step[step], again[step]) for step in STEPS)


def test_bad_input_is_named():
    susceptibilities = matrices()
    with pytest.raises(ValueError, match="at 2 steps or more"):
        aligned({0: susceptibilities[0]}, seed=0)
    with pytest.raises(ValueError, match=r"\(74, 5\)"):
        aligned(susceptibilities | {100: susceptibilities[100][1:]}, seed=0)
    with pytest.raises(ValueError, match="80 neighbours of 75 tokens"):
        aligned(susceptibilities, seed=0, neighbours=80)
    susceptibilities[100][0, 0] = np.nan
    with pytest.raises(ValueError, match="step 100 are not all finite"):
        aligned(susceptibilities, seed=0)
