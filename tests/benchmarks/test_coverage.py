"""The coverage benchmark: its truths hold, its rule says what it should, its short form runs."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.coverage import __main__ as command
from benchmarks.coverage import long_runs, picture, report, settings, systems, trials, truth
from benchmarks.coverage.families.attacked import one_variable
from benchmarks.coverage.families.gaussian import SPECTRA, gaussian_value
from benchmarks.coverage.families.potentials import examples_of
from benchmarks.coverage.families.regression import quadratic_value
from devdash.models.potentials import exact_value
from devdash.models.tanh_network import one_unit

ALL = systems.all_systems()


def test_there_are_200_systems_in_two_halves_of_like_size():
    assert len(ALL) >= 200
    tuning = sum(system.part == "tuning" for system in ALL)
    assert abs(tuning - len(ALL) / 2) < 3 * math.sqrt(len(ALL)) / 2


def test_every_long_run_is_stored_and_a_system_without_one_is_left_out(monkeypatch):
    assert truth.missing(list(ALL)) == []
    needs = next(system for system in ALL if system.family == "head")
    assert truth.is_usable(needs)
    monkeypatch.setattr(truth, "stored", dict)
    assert truth.missing([needs]) == [needs] and not truth.is_usable(needs)


def test_quadratic_value_is_that_of_its_normal_draws():
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(4, 4, generator=generator, dtype=torch.float64)
    H, g, nbeta, gamma = root @ root.T, root[0], 3.0, 2.0
    precision = nbeta * H + gamma * torch.eye(4, dtype=torch.float64)
    factor = torch.linalg.cholesky(torch.linalg.inv(precision))
    noise = torch.randn(200_000, 4, generator=generator, dtype=torch.float64)
    u = noise @ factor.T - nbeta * torch.linalg.solve(precision, g)
    draws = nbeta * (u @ g + (u @ H * u).sum(1) / 2)
    error = float(draws.std()) / len(draws) ** 0.5
    assert quadratic_value(H, g, nbeta, gamma) == pytest.approx(float(draws.mean()), abs=4 * error)


def test_one_variable_and_gaussian_agree():
    value = one_variable(lambda x: x**2 / 2, 50.0, 7.0)
    assert value == pytest.approx(gaussian_value(torch.ones(1), 50.0, 7.0), rel=1e-6)


def test_long_run_of_a_gaussian_finds_its_value_and_curvature():
    system = next(s for s in ALL if s.name == "uniform, d 10, nβ 1000, γ 100")
    entry = long_runs.entry_of(replace(system, long=32))
    exact = gaussian_value(SPECTRA["uniform"](10), 1000.0, 100.0)
    assert abs(entry["value"] - exact) < 4 * entry["error"]
    assert entry["steepest"] == pytest.approx(1.9, rel=0.02)


@pytest.mark.parametrize("gamma", [3.0, 30.0])
def test_stored_long_run_agrees_with_quadrature(gamma):
    """Of the one singular network whose value is known in both ways."""
    entry = truth.stored()[f"tanh: zero function, 1 hidden, γ {gamma:g}"]
    exact = exact_value(replace(one_unit(), gamma=gamma), examples_of(entry["nbeta"]))
    assert abs(entry["value"] - exact) < 3 * entry["error"] + 1e-3 * exact


def test_rule_names_each_fault():
    land = systems.Landscape(steepest=1.0, slowest=1.0, noise=1.0)
    system = systems.System("made", "made", 99.0, 1.0, lambda: None)  # κ = 100
    good = settings.Setting("good", 5e-4, burn_in=100, draws=1000)
    faults = partial(settings.faults, system=system, land=land, plain=True)
    assert faults(good) == []
    assert faults(replace(good, epsilon=1e-3)) == ["step"]
    assert settings.faults(replace(good, epsilon=1e-3), system, land, plain=False) == []
    assert faults(replace(good, burn_in=50)) == ["burn-in"]
    assert faults(replace(good, draws=100)) == ["draws"]
    assert faults(replace(good, batch_size=50)) == ["heat"]
    assert settings.faults(good, system, replace(land, sound=False), True) == ["unsound"]


def test_a_good_setting_of_a_gaussian_comes_out_right():
    system = next(s for s in ALL if s.name == "flat, d 100, nβ 1000, γ 100")
    row = report.judged(pd.DataFrame(trials.run([system], "SGLD", 1, ("careful",)))).iloc[0]
    assert row["good"] and row["reliable"] and row["within"] and not row["far"]


def test_shares_have_binomial_intervals():
    middle, low, high = report.share(pd.Series([True] * 9 + [False]))
    assert (middle, round(low, 3), round(high, 3)) == (0.9, 0.555, 0.997)
    assert np.isnan(report.share(pd.Series([], dtype=bool))).all()


def test_unknown_family_is_refused():
    with pytest.raises(ValueError, match="gausian"):
        systems.chosen(["gausian"], None)


@pytest.mark.slow
def test_short_form_runs_every_family(monkeypatch, capsys, tmp_path):
    arguments = ["coverage", "--quick", "--sampler", "Langevin", "calibrated", "--workers", "1"]
    arguments += ["--out", str(tmp_path / "rows.csv")]
    monkeypatch.setattr("sys.argv", arguments)
    command.main()
    printed = capsys.readouterr().out
    families = {system.family for system in systems.few(list(ALL)) if truth.is_usable(system)}
    assert len(families) >= 8 and all(f"| {family} |" in printed for family in families)
    frame = pd.read_csv(tmp_path / "rows.csv")
    assert not frame["truth"].isna().any()
    assert picture.svg(report.judged(frame)).startswith(b"<svg")
    assert "theory" in report.by_system(frame)
