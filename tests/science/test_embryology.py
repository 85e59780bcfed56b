"""Aligned maps of three blobs: they stay apart and stay in place."""

from itertools import pairwise

import numpy as np
import pytest

from devdash.measures.heads.embryology import aligned, kinds_by_neighbours

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


@pytest.mark.slow
def test_compiled_code_is_kept_for_later_processes(maps_by_step):
    from umap.umap_ import smooth_knn_dist

    assert smooth_knn_dist.stats.cache_path


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


def kinds_and_texts(random) -> tuple[np.ndarray, np.ndarray]:
    return np.array(["word", "digit", "word"])[random.integers(3, size=600)], random.integers(20, size=600)


def test_kinds_that_stand_apart_are_told_by_neighbours():
    random = np.random.default_rng(0)
    kinds, texts = kinds_and_texts(random)
    table = random.standard_normal((600, HEADS)) + 6 * (kinds == "word")[:, None]
    guesses = kinds_by_neighbours(table, kinds, texts)
    assert guesses.accuracy > 0.99 and guesses.majority == max(
        (kinds == "word").mean(), (kinds == "digit").mean()
    )


def test_noise_is_told_no_better_than_by_the_majority():
    random = np.random.default_rng(1)
    kinds, texts = kinds_and_texts(random)
    guesses = kinds_by_neighbours(random.standard_normal((600, HEADS)), kinds, texts)
    assert guesses.accuracy < guesses.majority + 4 * guesses.std_err


def test_tokens_of_one_text_do_not_tell_of_each_other():
    """Each text has a place and a kind of its own: only neighbours in the same text would know."""
    texts = np.repeat(np.arange(10), 30)
    places = np.random.default_rng(2).standard_normal((10, 2))[texts] * 50
    kinds = np.where(texts % 2, "word", "digit")
    kinds[texts == 0] = "delimiter"
    assert not (kinds_by_neighbours(places, kinds, texts).accuracy > 0.9)
    with pytest.raises(ValueError, match="271 neighbours given, expected 1 to 270"):
        kinds_by_neighbours(places, kinds, texts, count=271)
