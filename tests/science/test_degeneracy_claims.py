"""Claims D-1 … D-4 and D-6: each verdict follows from the tables, and from nothing else."""

import numpy as np
import pandas as pd
import pytest
import torch

from devdash.measures.degeneracy import claims, flat_claims
from devdash.models import linear


def truth(system, name, theory, value, **more) -> dict:
    row = {
        "system": system,
        "name": name,
        "protocol": "MALA",
        "n": 1e3,
        "weights": 2,
        "llc_theory": theory,
        "llc_exact": theory,
        "hessian_rank": 0,
        "nullity": 2,
        "llc": value,
        "std_err": 0.01,
        "verdict": "reliable",
    }
    return row | more


def nets(noise: float, count: int = 40, **more) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    theory = np.geomspace(5, 5000, count)
    estimates = theory * np.exp(noise * generator.standard_normal(count))
    return pd.DataFrame(
        [
            truth("deep linear", "a, teacher", t, v, protocol="ours", **more)
            for t, v in zip(theory, estimates, strict=True)
        ]
    )


def verdict(row: dict) -> str:
    return row["verdict"]


def test_value_outside_ten_percent_fails_even_where_it_is_not_reliable():
    rows = [truth("potential", "a", 0.5, 0.52), truth("potential", "b", 0.5, 0.4, verdict="not converged")]
    assert [verdict(row) for row in claims.finite_n_values(pd.DataFrame(rows[:1]))] == ["holds"]
    (row,) = claims.finite_n_values(pd.DataFrame(rows))
    assert verdict(row) == "fails"
    assert "1 of 2" in row["measured"] and "worst b: -20.0%" in row["measured"]


def test_value_that_is_missing_fails():
    (row,) = claims.finite_n_values(pd.DataFrame([truth("potential", "a", 0.5, np.nan)]))
    assert verdict(row) == "fails"


@pytest.mark.parametrize(
    ("low", "high", "words"), [(0.3, 0.4, "holds"), (0.4, 0.3, "fails"), (0.35, 0.36, "undecided")]
)
def test_two_components(low, high, words):
    rows = [truth("two components", "o", 0.25, low), truth("two components", "p", 0.5, high)]
    assert verdict(claims.two_components(pd.DataFrame(rows))) == words


def test_both_formulas_agree_in_1127_cases():
    row = claims.formulas()
    assert verdict(row) == "holds"
    assert "1127 of 1127" in row["measured"]


def test_order_of_nets():
    assert verdict(claims.order("x", "nets", nets(0.1), 20, 0)) == "holds"
    assert verdict(claims.order("x", "nets", nets(5.0), 20, 0)) == "fails"
    assert verdict(claims.order("x", "nets", nets(0.1, count=8), 20, 0)) == "undecided"
    lost = nets(0.1)
    lost.loc[3, "llc"] = np.nan
    assert verdict(claims.order("x", "nets", lost, 20, 0)) == "fails"


def test_rescaling_judges_plain_and_preconditioned_samplers():
    flat, steep = [1.0, 1.0, 1.01], [8.0, 1.0, np.nan]
    rows = [
        {"factor": factor, "sampler": sampler, "llc": value}
        for sampler, values in (
            ("SGLD", steep),
            ("RMSprop-SGLD", steep),
            ("Langevin, scaled coordinates", flat),
        )
        for factor, value in zip((0.1, 1.0, 10.0), values, strict=True)
    ]
    claim_rows = claims.rescalings(pd.DataFrame(rows))
    assert [verdict(row) for row in claim_rows] == ["holds", "fails", "holds"]
    assert "1 of 3 without a value" in claim_rows[1]["measured"]


@pytest.mark.parametrize(
    ("rival", "error", "words"),
    [(100.0, 0.5, "holds"), (120.0, 0.5, "fails"), (100.0, 5.0, "undecided"), (104.9, 0.5, "undecided")],
)
def test_agreement(rival, error, words):
    rows = [
        {"distribution": f"ReLU 10-20-20-10, {kind}", "llc": value, "std_err": error, "verdict": "reliable"}
        for kind, value in (
            ("MALA", 100.0),
            ("Langevin", rival),
            ("SGLD", 200.0),
            ("Langevin as calibrated", 1.0),
        )
    ]
    langevin, sgld = claims.agreements(pd.DataFrame(rows))
    assert verdict(langevin) == words
    assert verdict(sgld) == "fails"


def test_flat_directions_need_every_pair_in_order():
    rows = [
        truth("potential", "a", 1 / 6, 0.14),
        truth("potential", "b", 0.25, 0.2),
        truth("potential", "c", 0.5, 0.36),
    ]
    assert verdict(flat_claims.flat_group("x", pd.DataFrame(rows))) == "holds"
    rows[2]["llc"] = 0.1
    assert verdict(flat_claims.flat_group("x", pd.DataFrame(rows))) == "fails"
    rows[2]["llc"] = 0.205
    assert verdict(flat_claims.flat_group("x", pd.DataFrame(rows))) == "undecided"


def test_potentials_are_compared_at_the_largest_n_that_is_reliable():
    rows = [truth("potential", name, t, t, n=n) for n in (1e3, 1e4) for name, t in (("a", 0.25), ("b", 0.5))]
    rows += [
        truth("potential", name, t, 0.0, n=1e6, verdict="not converged")
        for name, t in (("a", 0.25), ("b", 0.5))
    ]
    (row,) = flat_claims.flat_directions(pd.DataFrame(rows))
    assert row["claim"] == "D-6 (potentials, n = 10000)"
    assert verdict(row) == "holds"


@pytest.mark.parametrize("seed", range(6))
def test_hessian_rank_and_curvature_equal_automatic_differentiation(seed):
    widths = (4, 3, 5, 3)
    params = linear.teacher(widths, seed) if seed % 2 else linear.aligned(widths, 1 + seed // 2, seed)
    target, sizes = linear.product(params), [W.numel() for W in params.values()]

    def loss(vector):
        parts = zip(params.items(), vector.split(sizes), strict=True)
        return linear.population_loss({name: part.view_as(W) for (name, W), part in parts}, target)

    spectrum = torch.linalg.eigvalsh(
        torch.func.hessian(loss)(torch.cat([W.flatten() for W in params.values()]))
    )
    assert linear.hessian_rank(params) == int((spectrum > 1e-9 * spectrum[-1]).sum())
    assert abs(linear.largest_curvature(params) / float(spectrum[-1]) - 1) < 0.01


def test_population_loss_of_linear_nets_equals_a_monte_carlo_mean():
    params, other = linear.teacher((4, 3, 2), 0), linear.teacher((4, 3, 2), 1)
    x = 20 * torch.rand(200_000, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 10
    losses = (linear.forward(params, x) - linear.forward(other, x)).square().sum(-1)
    exact = linear.population_loss(params, linear.product(other))
    assert abs(losses.mean() - exact) < 4 * losses.std() / len(x) ** 0.5


def test_aligned_points_have_equal_hessian_ranks_whatever_lies_between():
    for widths in ((6, 2, 12, 2, 6), (6, 3, 6, 3, 6), (6, 3, 6, 6), (6, 6, 6)):
        assert linear.size(widths) == 72
        assert linear.hessian_rank(linear.aligned(widths, 1, 0)) == 11
        assert linear.rank_of(linear.aligned(widths, 1, 0)) == 1


def test_random_widths_have_about_the_wanted_size():
    for weights in (30, 1e3, 1e5):
        assert linear.size(linear.random_widths(3, weights, 0)) == pytest.approx(weights, rel=0.3)
