"""Learning coefficients of deep linear networks: published values, and two formulas that must agree."""

import itertools

import pytest

from devdash.models.linear import learning_coefficient, rank_of, reduced_rank, teacher

PUBLISHED = [
    ((5, 5, 5), 0, 9.5, 2),
    ((5, 5, 5), 3, 12.0, 1),
    ((5, 5, 5), 5, 12.5, 1),
    ((10, 4, 10), 2, 25.5, None),
    ((10, 10, 10), 5, 47.0, 2),
    ((4, 4, 4, 4, 4), 1, 6.5, 4),
    ((20, 15, 10, 20), 5, 112.5, None),
    ((1, 1, 1, 1), 0, 0.5, 3),
    ((3, 4), 2, 6.0, 1),
]


@pytest.mark.parametrize(("widths", "rank", "llc", "multiplicity"), PUBLISHED)
def test_published_values(widths, rank, llc, multiplicity):
    coefficient = learning_coefficient(widths, rank)
    assert coefficient[0] == llc
    assert multiplicity in (None, coefficient[1])


def test_agrees_with_reduced_rank_regression_everywhere():
    cases = 0
    for M, H, N in itertools.product(range(1, 8), repeat=3):
        for r in range(min(M, H, N) + 1):
            assert learning_coefficient((M, H, N), r) == reduced_rank(M, H, N, r), (M, H, N, r)
            cases += 1
    assert cases == 1127


def test_impossible_ranks_are_named():
    with pytest.raises(ValueError, match="rank 4"):
        learning_coefficient((3, 5, 3), 4)


def test_teachers_lose_rank_where_they_are_cut():
    ranks = [rank_of(teacher((6, 6, 6), seed)) for seed in range(40)]
    assert max(ranks) == 6
    assert min(ranks) < 6
