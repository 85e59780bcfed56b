"""λ̂ in jobs: by a plan, timed, and as rows of the tables llc, llc_draw, llc_sweep and calibration."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from torch import Tensor

from devdash.measures.llc_rows import KEPT_DRAWS, calibration_rows, draw_rows, llc_row, llc_table
from devdash.sampling import Calibration, Estimate, calibrate, dial
from devdash.sampling.diagnostics import MAX_BIAS
from devdash.sampling.plan import Plan
from devdash.sampling.transform import Settings
from devdash.verdicts import NOT_CONVERGED, RELIABLE

ROUNDING = 1e-9


def chain_steps(plan: Plan) -> int:
    """Steps of each chain of a plan with a sampler.

    >>> chain_steps(Plan(draws=200, burn_in=100, steps_per_draw=5))
    1100
    """
    return plan.burn_in + plan.draws * (plan.steps_per_draw or 1)


def at_settings(plan: Plan, nbeta: float | None = None, gamma: float | None = None) -> Plan:
    """A plan with a sampler at another nβ or γ.

    ε is smaller where nβ is larger, so that steps are as long for the loss. Burn-in and steps per draw are
    longer by as much as the pull back to w* then needs more steps, ε γ / 2 of the way each.

    >>> from devdash.sampling import SGLD
    >>> plan = Plan(SGLD(1e-3, 30.0, 300.0), burn_in=15, steps_per_draw=1)
    >>> steep = at_settings(plan, nbeta=90.0)
    >>> round(steep.sampler.epsilon, 5), steep.burn_in, steep.steps_per_draw
    (0.00033, 45, 3)
    >>> at_settings(plan, gamma=100.0).burn_in
    45
    """
    usual = plan.sampler
    nbeta, gamma = nbeta or usual.nbeta, gamma or usual.gamma
    epsilon = usual.epsilon * min(1.0, usual.nbeta / nbeta)
    longer = max(1, math.ceil(usual.epsilon * usual.gamma / (epsilon * gamma) - ROUNDING))
    return replace(
        plan,
        sampler=replace(usual, nbeta=nbeta, gamma=gamma, epsilon=epsilon),
        burn_in=longer * plan.burn_in,
        steps_per_draw=longer * (plan.steps_per_draw or 1),
    )


def timed(estimator: Callable, *what, plan: Plan, seed: int, **settings) -> tuple[Any, float]:
    """What `estimate_llc` or one of its like returns by a plan, and the seconds that it took.

    what: loss, point or points, data. seed: of the job, in the place of the plan's. settings: others in the
    place of the plan's.

    >>> from devdash.sampling import SGLD, estimate_llc
    >>> plan, point = Plan(sampler=SGLD(1e-3, 30.0), draws=5, burn_in=0), {"w": torch.zeros(2)}
    >>> def loss(params, _):
    ...     return (params["w"] ** 2).sum()
    >>> estimate, wall_s = timed(estimate_llc, loss, point, None, plan=plan, seed=1)
    >>> estimate.losses.shape, wall_s > 0
    ((4, 5), True)
    """
    started = time.monotonic()
    estimates = estimator(*what, **(vars(plan) | {"seed": seed} | settings))
    return estimates, time.monotonic() - started


def cooled(
    estimated: Callable[[Plan], tuple[Estimate, float]], plan: Plan, times: int
) -> tuple[Estimate, float]:
    """λ̂ by a plan, and its seconds; where minibatches heat it beyond what is reliable, by larger ones.

    estimated: from a plan, an estimate and its seconds. times: by how much minibatches are larger then.

    >>> from devdash.sampling import Langevin, estimate_llc
    >>> x = torch.randn(512, 10, generator=torch.Generator().manual_seed(0))
    >>> def estimated(plan):
    ...     def loss(params, batch):
    ...         return (batch[0] @ params["w"]) ** 2
    ...     return timed(estimate_llc, loss, {"w": torch.zeros(10)}, (x,), plan=plan, seed=0)
    >>> plan = Plan(Langevin(1e-3, 100.0), draws=200, burn_in=50, batch_size=16)
    >>> [cooled(estimated, replace(plan, batch_size=size), times=8)[0].batch_size for size in (8, 16)]
    [64, 16]
    """
    estimate, wall_s = estimated(plan)
    judged = estimate.verdict in (RELIABLE, NOT_CONVERGED)
    if not judged or estimate.budget.minibatch <= MAX_BIAS * abs(estimate.llc):
        return estimate, wall_s
    estimate, more_s = estimated(replace(plan, batch_size=times * plan.batch_size))
    return estimate, wall_s + more_s


def llc_tables(
    estimates: Sequence[Estimate], places: Sequence[Mapping], wall_s: float, keep: int = KEPT_DRAWS, **columns
) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw.

    places: step, component, distribution, target of each estimate. wall_s: of all; each is said to have
    taken an equal part. keep: draws of a chain. columns: the same for all rows, such as model.

    >>> from devdash.sampling import SGLD, estimate_llcs
    >>> settings = {"sampler": SGLD(1e-3, 30.0), "draws": 5, "burn_in": 0}
    >>> points = [{"w": torch.zeros(2)}, {"w": torch.ones(2)}]
    >>> estimates = estimate_llcs(lambda w, _: (w["w"] ** 2).sum(), points, None, **settings)
    >>> tables = llc_tables(estimates, [{"step": 0}, {"step": 100}], wall_s=3.0, model="main")
    >>> tables["llc"][["model", "step", "wall_s"]], tables["llc_draw"].shape
    (  model  step  wall_s
    0  main     0     1.5
    1  main   100     1.5, (40, 9))
    """
    share = wall_s / len(estimates)
    both = list(zip(estimates, places, strict=True))
    rows = [llc_row(estimate, wall_s=share, **place) for estimate, place in both]
    draws = [draw_rows(estimate, keep=keep, **place) for estimate, place in both]
    return {
        "llc": llc_table(rows).assign(**columns),
        "llc_draw": pd.concat(draws, ignore_index=True).assign(**columns),
    }


def sweep_table(
    estimates: Sequence[Estimate], places: Sequence[Mapping], **columns
) -> dict[str, pd.DataFrame]:
    """Rows of llc_sweep: estimates by other settings than the run's, without their draws.

    places and columns: as in `llc_tables`.

    >>> from devdash.sampling import SGLD, estimate_llc
    >>> settings = {"sampler": SGLD(1e-3, 30.0), "draws": 5, "burn_in": 0}
    >>> estimate = estimate_llc(lambda w, _: (w["w"] ** 2).sum(), {"w": torch.zeros(2)}, None, **settings)
    >>> tables = sweep_table([estimate], [{"step": 100}], model="main")
    >>> tables["llc_sweep"][["model", "step", "nbeta", "epsilon"]]
      model  step  nbeta  epsilon
    0  main   100   30.0    0.001
    """
    rows = [
        {
            **place,
            "nbeta": estimate.sampler.nbeta,
            "epsilon": estimate.sampler.epsilon,
            "gamma": estimate.sampler.gamma,
            "llc": estimate.llc,
            "std_err": estimate.std_err,
            "verdict": estimate.verdict,
            "regime": estimate.regime.value,
            "regime_err": estimate.regime.std_err,
        }
        for estimate, place in zip(estimates, places, strict=True)
    ]
    return {"llc_sweep": pd.DataFrame(rows).assign(**columns)}


def plan_calibration(
    loss, params: Mapping[str, Tensor], data: tuple[Tensor, ...], plan: Plan, seed: int, step: int, **columns
) -> dict[str, pd.DataFrame]:
    """Rows of calibration: the grid of ε and γ at one w*, at the plan's nβ: whether the plan is sane.

    >>> from devdash.sampling import SGLD
    >>> def loss(params, _):
    ...     return (params["w"] ** 2).sum()
    >>> plan = Plan(sampler=SGLD(1e-3, 30.0), burn_in=1)
    >>> tables = plan_calibration(loss, {"w": torch.zeros(2)}, None, plan, seed=0, step=100)
    >>> sorted(tables["calibration"]["part"].unique()), int(tables["calibration"]["chosen"].sum())
    (['gamma', 'grid'], 1)
    """
    calibration = calibrate(
        loss,
        params,
        data,
        sampler=plan.sampler,
        burn_in=max(plan.burn_in, 1),
        batch_size=plan.batch_size,
        seed=seed,
    )
    return {"calibration": calibration_rows(calibration.grid, step, distribution="all").assign(**columns)}


def free_calibration(
    loss,
    params: Mapping[str, Tensor],
    data: tuple[Tensor, ...],
    sampler: Settings,
    *,
    burn_in: int,
    batch_size: int,
    seed: int,
    step: int,
    distribution: str,
) -> tuple[Calibration, pd.DataFrame]:
    """ε, nβ and γ as `calibrate` chooses them; and rows of calibration, with λ̂ against nβ around them.

    sampler: its kind.

    >>> from devdash.sampling import SGLD
    >>> def loss(params, _):
    ...     return (params["w"] ** 2).sum()
    >>> settings = {"burn_in": 1, "batch_size": None, "seed": 0, "step": 100, "distribution": "all"}
    >>> calibration, grid = free_calibration(loss, {"w": torch.zeros(2)}, None, SGLD(nbeta=30.0), **settings)
    >>> type(calibration.sampler).__name__, sorted(grid["part"].unique())
    ('SGLD', ['dial', 'gamma', 'grid'])
    """
    chains = {"burn_in": burn_in, "batch_size": batch_size, "seed": seed}
    calibration = calibrate(loss, params, data, sampler=sampler, **chains)
    dialled = dial(loss, params, data, calibration.sampler, **chains)
    grid = pd.concat([calibration.grid, dialled], ignore_index=True)
    return calibration, calibration_rows(grid, step, distribution=distribution)
