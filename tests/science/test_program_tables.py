"""From energies of chains to λ̂, its errors and verdicts, where λ is known."""

import numpy as np
import pytest

from devdash.measures.programs import tables
from devdash.sampling.simplices import Drawn

LAMBDA, BURN_IN = 4.0, 50


def drawn(shift: float = 0.0, chains: int = 8, draws: int = 2000) -> tuple[Drawn, np.ndarray]:
    """Energies as of a regular posterior, T·Gamma(λ), independent; prior chains lie higher by shift·T."""
    heat = tables.temperatures(1000, 5)
    generator = np.random.default_rng(0)
    energies = generator.gamma(LAMBDA, heat[None, :, None], (chains, 5, BURN_IN + draws))
    energies[chains // 2 :] += shift * heat[:, None]
    flat = np.zeros((chains, BURN_IN + draws))
    return Drawn(energies, flat, np.zeros((chains, 1, 1)), np.full(5, 0.5), 0.4), heat


def test_temperatures_lie_around_log_n():
    heat = tables.temperatures(1000, 5)
    assert heat[2] == pytest.approx(np.log(1000))
    width = 1 / np.sqrt(2 * np.log(1000))
    assert 1 / heat[[0, -1]] * np.log(1000) == pytest.approx([1 + width, 1 - width])
    with pytest.raises(ValueError, match="an odd number"):
        tables.temperatures(1000, 4)


def test_both_estimates_find_lambda():
    chains, heat = drawn()
    rows = tables.temperature_table(chains, heat, BURN_IN)
    facts = tables.llc_facts(chains, rows, BURN_IN, 0)
    assert (rows["verdict"] == "reliable").all() and facts["verdict"] == "reliable"
    assert abs(facts["llc"] - LAMBDA) < 4 * facts["std_err"] < 0.2
    assert abs(facts["slope"] - LAMBDA) < 4 * facts["slope_err"]
    assert facts["r2_low"] <= facts["r2"] <= 1 and facts["r2"] > 0.99


def test_starts_that_disagree_are_not_converged():
    chains, heat = drawn(shift=1.0)
    rows = tables.temperature_table(chains, heat, BURN_IN)
    assert (rows["verdict"] == "not converged").all()
    assert rows["gap"].to_numpy() == pytest.approx(-heat, rel=0.1)
    assert tables.llc_facts(chains, rows, BURN_IN, 0)["verdict"] == "not converged"


def test_agreement_needs_a_difference_beyond_its_error_and_of_some_size():
    spread = np.array([-0.01, 0.01, 0.0, 0.02])
    assert tables.agreement(5 + spread, 5 + spread) == (0.0, pytest.approx(0.0091, abs=1e-3), False)
    assert tables.agreement(5 + spread, 6 + spread)[2]
    assert not tables.agreement(5 + spread, 5.3 + spread)[2]  # sure, but small
    assert not tables.agreement(5 + 100 * spread, 6 + 100 * spread)[2]  # large, but not sure


def test_shared_rows_scale_to_the_same_number():
    chains, heat = drawn()
    rows = tables.temperature_table(chains, heat, BURN_IN)
    shared = tables.shared_tables(chains, rows, "x", 1000, BURN_IN, keep=40)
    (llc,) = shared["llc"].to_dict("records")
    assert llc["nbeta"] * llc["mean_loss"] == pytest.approx(llc["llc"])
    draws = shared["llc_draw"]
    assert draws.groupby("chain").size().tolist() == [40] * 8
    assert draws["draw"].min() == -BURN_IN and draws["draw"].max() == 1999
