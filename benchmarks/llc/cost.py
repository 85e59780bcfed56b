"""The headline: how many gradients until an estimate is within 2 % of the truth, bias and spread together.

For each sampler and step, traces of several seeds from w* on. The estimate after N steps is the mean over
the later half of them, its error the root mean square over seeds of its distance from the truth. Wanted is
the first N from which on that error stays below 2 %, times the chains, at the step where this is least.
"""

import json
import math
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.coverage.families.gaussian import gaussian_value
from benchmarks.coverage.long_runs import entry_of
from benchmarks.coverage.systems import Built, Landscape, System
from benchmarks.llc import jobs
from benchmarks.llc.ours import load
from benchmarks.llc.problems import curvatures
from benchmarks.llc.works import RIVALS, Cost
from devdash.models import linear

SHARE, POINTS = 0.02, 60
FINE, LONG = 8, 20  # the transformer's truth: ε / 8, and 20 × the draws
TRUTH_STEP, TRUTH_DRAWS, LEAST = 1e-3, 200, 60


def measure(rows: list[Cost], work: Path, rivals: dict[str, str], device: str, effort: float) -> list[dict]:
    """For each row its truth and every rival's best step. rivals: side → python. effort: of the truth."""
    return [_measured(row, work, rivals, device, effort) for row in rows]


def _measured(row: Cost, work: Path, rivals: dict[str, str], device: str, effort: float) -> dict:
    truth, error = truth_of(row, work, rivals["ours"], device, effort)
    sides = {}
    for name, (side, sampler, unit) in RIVALS.items():
        if side not in rivals:
            continue
        calls = {
            factor * unit * row.settings.epsilon: job_of(row, work, sampler, factor, unit, device)
            for factor in row.factors
        }
        runs = [partial(jobs.run, rivals[side], side, job) for job in calls.values()]
        results = jobs.side_by_side(runs) if device == "cpu" else [run() for run in runs]
        traces = dict(zip(calls, results, strict=True))
        sides[name] = best({epsilon: np.array(many) for epsilon, many in traces.items()}, truth, row)
    return {"work": row.title, "wanted": row.wanted, "truth": truth, "truth_error": error, "sides": sides}


def job_of(row: Cost, work: Path, sampler: str, factor: float, unit: float, device: str) -> jobs.Job:
    """Traces of all seeds at one step."""
    epsilon = factor * row.settings.epsilon
    steps = min(row.most, max(LEAST, math.ceil(row.reach / epsilon)))
    settings = replace(row.settings, epsilon=unit * epsilon, burn_in=0, draws=steps)
    folder, seeds = str(work / row.problem), tuple(range(row.seeds))
    return jobs.Job(folder, settings, row.component, seeds, sampler, trace=True, device=device)


def best(traces: dict[float, np.ndarray], truth: float, row: Cost) -> dict:
    """The step that needs the fewest gradients, and every step's. traces: ε → (seed, step)."""
    steps = []
    for epsilon, trace in traces.items():
        steps_needed = reached(trace, truth)
        ends = trace[:, trace.shape[1] // 2 :].mean(1)
        gradients = None if steps_needed is None else steps_needed * row.settings.chains
        steps.append(
            {
                "epsilon": epsilon,
                "steps": trace.shape[1],
                "gradients": gradients,
                "bias": float(ends.mean() / truth - 1),
                "spread": float(ends.std(ddof=1) / truth),
            }
        )
    within = [one for one in steps if one["gradients"] is not None]
    return {"best": min(within, key=lambda one: one["gradients"]) if within else None, "steps": steps}


def reached(trace: np.ndarray, truth: float, share: float = SHARE) -> int | None:
    """Steps from which on the total error stays within the share; None: not in this trace (seed, step)."""
    counts = np.unique(np.geomspace(2, trace.shape[1], POINTS).astype(int))
    error = [np.sqrt(((trace[:, n // 2 : n].mean(1) - truth) ** 2).mean()) for n in counts]
    outside = np.flatnonzero(~(np.array(error) <= share * abs(truth)))  # NaN is outside
    if len(outside) and outside[-1] == len(counts) - 1:
        return None
    return int(counts[outside[-1] + 1 if len(outside) else 0])


def truth_of(row: Cost, work: Path, python, device: str, effort: float) -> tuple[float, float]:
    """E[nβ (L − L(w*))] at the row's nβ and γ, and its error; kept beside the problem."""
    folder = work / row.problem
    file = (
        folder / f"truth of {row.component or 'all'} at {row.settings.nbeta:.4g}, {row.settings.gamma:g}.json"
    )
    if not file.exists():
        value_and_error = _truth(row, folder, python, device, effort)
        file.write_text(json.dumps([float(number) for number in value_and_error]))
    return tuple(json.loads(file.read_text()))


def _truth(row: Cost, folder: Path, python, device: str, effort: float) -> tuple[float, float]:
    settings = row.settings
    loss, params, data = load(folder)
    if row.problem == "gaussian":
        h = curvatures(len(params["w"]))
        return gaussian_value(h, settings.nbeta, settings.gamma), 0.0
    if row.problem == "deep linear":
        moments = data[0].double().T @ data[0].double() / len(data[0])
        target = linear.product(params).double()

        def whole(params, _):
            off = linear.product(params) - target
            return (off @ moments * off).sum()

        built = Built(loss, params, Landscape(1.0, 0.0), data, whole=whole)
        system = System("cost", row.title, settings.nbeta, settings.gamma, lambda: built, long=32)
        entry = entry_of(system)
        return entry["value"], entry["error"]
    draws = max(20, int(effort * LONG * TRUTH_DRAWS))
    fine = replace(settings, epsilon=TRUTH_STEP / FINE, burn_in=draws // 5, draws=draws)
    job = jobs.Job(str(folder), fine, row.component, (10_000,), RIVALS["ours"][1], device=device)
    estimate = jobs.run(python, "ours", job)[0]
    return estimate["llc"], estimate["std"]
