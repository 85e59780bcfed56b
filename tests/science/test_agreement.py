"""One choice of ε, nβ and γ for all checkpoints: the smallest, and smaller where it does not hold."""

import pandas as pd
import pytest

from devdash.measures.agreement import agree
from devdash.sampling import Calibration, Langevin


def choice(epsilon: float, nbeta: float = 100.0, gamma: float = 10.0, sure: bool = True) -> Calibration:
    return Calibration(Langevin(epsilon, nbeta, gamma), sure, "", pd.DataFrame())


def trial(limit: float, diverging: float = float("inf")):
    """Chains are sound up to one ε at each step, and diverge beyond another."""

    def run(step: int, sampler: Langevin) -> dict:
        verdict = "diverged" if sampler.epsilon > diverging else "reliable"
        return {"verdict": verdict, "sound": sampler.epsilon <= limit}

    return run


def test_the_smallest_epsilon_and_nbeta_are_taken_at_equal_length_of_steps():
    choices = {1: choice(1e-2, nbeta=25.0), 10: choice(1e-3), 100: choice(4e-3)}
    agreement = agree(choices, trial(1.0))
    assert agreement.sampler.nbeta == 25.0
    assert agreement.sampler.epsilon == pytest.approx(4e-3)  # 1e-3 at nβ = 100
    assert agreement.sure and set(agreement.rows) == {1, 10, 100}


def test_flat_directions_settle_as_fast_as_where_they_settled_fastest():
    agreement = agree({1: choice(1e-2, gamma=5.0), 10: choice(1e-3, gamma=80.0)}, trial(1.0))
    sampler = agreement.sampler
    assert sampler.epsilon * sampler.gamma == pytest.approx(0.08)


def test_epsilon_is_halved_until_it_holds():
    agreement = agree({1: choice(1e-2), 10: choice(1e-2)}, trial(3e-3))
    assert agreement.sampler.epsilon == pytest.approx(2.5e-3) and agreement.sure
    assert "halved 2 times" in agreement.reason


def test_points_that_are_no_minimum_do_not_choose_but_must_not_diverge():
    choices = {0: choice(1e-6, sure=False), 100: choice(1e-2)}
    assert agree(choices, trial(1.0)).sampler.epsilon == 1e-2
    agreement = agree(choices, trial(1.0, diverging=6e-3))
    assert agreement.sampler.epsilon == pytest.approx(5e-3)
    assert "no choice was sure at 0" in agreement.reason


def test_what_never_holds_is_said():
    agreement = agree({1: choice(1e-2), 10: choice(1e-2, sure=False)}, trial(0.0))
    assert not agreement.sure and "they do not hold at 1" in agreement.reason
    assert not agree({1: choice(1e-2, sure=False)}, trial(1.0)).sure
