"""Choosing ε, nβ and γ from a small grid, by rules that are stated and stored with the grid.

ε is a share of 1 / (nβ h + γ), with h the largest curvature where the posterior lies. γ is the weakest
localisation under which flat directions settle within the burn-in. The largest ε is taken at which λ̂
is as at the next smaller one and 9 of 10 Metropolis tests would accept, at the largest nβ that allows it.
Source of the rules: Lau et al. 2023 (arXiv 2308.12108), appendix on hyperparameters.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch

from devdash.sampling import diagnostics
from devdash.sampling.components import Moving, select
from devdash.sampling.curvature import Curvature
from devdash.sampling.langevin import Langevin
from devdash.sampling.transform import Settings

STEP_SHARES = (1.0, 0.4, 0.15, 0.05)  # ε (nβ h + γ): 4 is unstable, 0.4 biases the steepest mode by 11 %
NBETA_SHARES = (1.0, 1 / 4, 1 / 16)
GAMMA_FACTORS = (1 / 4, 1.0, 4.0)
DIAL = tuple(10 ** (k / 3) for k in range(-6, 4))
SETTLED = 2.0  # relaxation times of λ̂ in a flat direction, 1 / (εγ) steps, that the burn-in holds
FLAT = 0.1
GOOD_ACCEPTANCE = 0.9
CHAINS, DRAWS = 2, 50


@dataclass(frozen=True)
class Calibration:
    """sampler: the chosen settings. sure: whether λ̂ was flat in ε around them. reason: in words.

    grid: one row per cell with part ("grid", "gamma" or "dial"), epsilon, nbeta, gamma, llc,
    std_err, acceptance, drift (relative), verdict, chosen, reason.
    """

    sampler: Settings
    sure: bool
    reason: str
    grid: pd.DataFrame


@dataclass(frozen=True)
class Trial:
    """Runs one cell: what is estimated, and for how long."""

    loss: object
    params: dict
    data: tuple | None
    settings: dict

    def row(self, part: str, sampler: Settings) -> dict:
        """One row of the grid."""
        from devdash.sampling.llc import estimate_llc

        found = estimate_llc(
            self.loss, self.params, self.data, sampler=sampler, chains=CHAINS, draws=DRAWS, **self.settings
        )
        whole = found.losses[np.isfinite(found.chain_llc)]
        drift = diagnostics.drift_of(sampler.nbeta * (whole - found.init_loss)) if len(whole) else math.nan
        return {
            "part": part,
            "epsilon": sampler.epsilon,
            "nbeta": sampler.nbeta,
            "gamma": sampler.gamma,
            "llc": found.llc,
            "std_err": found.std_err,
            "acceptance": found.acceptance,
            "drift": drift,
            "verdict": found.verdict,
            "chosen": False,
            "reason": found.message,
        }


def calibrate(
    loss,
    params,
    data,
    *,
    sampler: Settings | None = None,
    component=None,
    burn_in: int = 100,
    steps_per_draw: int = 1,
    batch_size: int | None = None,
    scale=None,
    seed: int = 0,
) -> Calibration:
    """ε, nβ and γ for a loss at w*, to be used with chains of this burn-in (steps).

    Arguments as in `estimate_llc`; sampler: its kind, with nβ where that is to stay. One result
    serves a trajectory: at the default burn-in the grid costs about 4,200 gradients, which is a fourth
    of an estimate of 4 × 300 steps for each of 14 checkpoints. Rows of part "gamma" show how λ̂ depends
    on γ at the chosen ε and nβ.
    """
    sampler = sampler or Langevin()
    moving = component if isinstance(component, Moving) else select(params, component)
    highest, steepest = _scale_of(loss, params, data, moving, sampler, scale)
    settings = {
        "component": moving,
        "burn_in": burn_in,
        "steps_per_draw": steps_per_draw,
        "batch_size": batch_size,
        "scale": scale,
        "seed": seed,
    }
    trial = Trial(loss, params, data, settings)
    shares = NBETA_SHARES if sampler.nbeta is None else (1.0,)
    rows = [
        trial.row("grid", cell)
        for share in shares
        for cell in _cells(sampler, highest * share, steepest, burn_in)
    ]
    place, sure = _best(rows, len(STEP_SHARES))
    chosen = replace(sampler, **{name: rows[place][name] for name in ("epsilon", "nbeta", "gamma")})
    gammas = [
        trial.row("gamma", replace(chosen, gamma=chosen.gamma * factor))
        for factor in GAMMA_FACTORS
        if factor != 1
    ]
    rows[place]["chosen"] = True
    reason = _words(chosen, rows[place], sure, steepest, burn_in)
    rows[place]["reason"] = reason
    return Calibration(chosen, sure, reason, pd.DataFrame([*rows, *gammas]))


def steepest(loss, params, data, movings: list[Moving], scale=None) -> Moving:
    """The component with the largest curvature at w*: a step that is stable there is so in all."""
    from devdash.sampling.llc import units_of

    if len(movings) == 1:
        return movings[0]

    def curvature(moving: Moving) -> float:
        generator = torch.Generator(next(iter(params.values())).device).manual_seed(0)
        unit = units_of(scale, loss, params, data, moving)
        return Curvature(loss, params, data, moving, unit).largest(generator)

    return max(movings, key=curvature)


def dial(loss, params, data, sampler: Settings, **settings) -> pd.DataFrame:
    """λ̂ against nβ, from a hundredth to ten times the sampler's, with ε nβ and γ / nβ held.

    Rows as in `Calibration.grid`, part "dial". settings: component, burn_in, steps_per_draw,
    batch_size, scale, seed.
    """
    trial = Trial(loss, params, data, settings)
    rows = []
    for factor in DIAL:
        values = {"nbeta": sampler.nbeta * factor, "epsilon": sampler.epsilon / factor}
        rows.append(trial.row("dial", replace(sampler, gamma=sampler.gamma * factor, **values)))
        rows[-1]["chosen"] = math.isclose(factor, 1.0)
    return pd.DataFrame(rows)


def _cells(sampler: Settings, nbeta: float, steepest: float, burn_in: int) -> list[Settings]:
    """The settings of one nβ, from the largest ε to the smallest, all at one γ."""
    middle = STEP_SHARES[1]
    needed = min(SETTLED / max(burn_in, 1), middle / 2)  # εγ
    gamma = needed * nbeta * steepest / (middle - needed)
    return [
        replace(sampler, nbeta=nbeta, gamma=gamma, epsilon=share / (nbeta * steepest + gamma))
        for share in STEP_SHARES
    ]


def _scale_of(loss, params, data, moving: Moving, sampler: Settings, scale) -> tuple[float, float]:
    """The largest nβ, and the largest curvature at w* and a typical distance from it."""
    from devdash.sampling.llc import units_of, usual_nbeta

    generator = torch.Generator(next(iter(params.values())).device).manual_seed(0)
    unit = units_of(scale, loss, params, data, moving)
    at_start = Curvature(loss, params, data, moving, unit)
    steepest = at_start.largest(generator)
    if sampler.nbeta is not None:
        nbeta = sampler.nbeta
    elif data is not None:
        nbeta = usual_nbeta(len(data[0]))
    else:
        nbeta = 1000 / steepest if steepest > 0 else 1000.0
    away = at_start.typical_point(nbeta, generator)
    there = 0.0 if away is None else Curvature(loss, params, data, moving, unit, away).largest(generator)
    largest = max(steepest, there)
    if not math.isfinite(largest) or largest <= 0:
        raise ValueError("calibrate: the loss does not change around w*; is this component used at all?")
    return nbeta, largest


def _is_valid(row: dict) -> bool:
    low = row["acceptance"] < diagnostics.MIN_ACCEPTANCE  # False where the sampler has no such test (NaN)
    drifts = abs(row["drift"]) > diagnostics.DRIFT_SHARE
    return row["verdict"] in ("reliable", "not converged") and row["llc"] > 0 and not low and not drifts


def _best(rows: list[dict], width: int) -> tuple[int, bool]:
    """Place of the chosen cell, and whether λ̂ is flat there. rows: width cells for each nβ."""
    for first in range(0, len(rows), width):
        flat = [p for p in range(first, first + width - 1) if _is_flat(rows[p], rows[p + 1])]
        good = [p for p in flat if not rows[p]["acceptance"] < GOOD_ACCEPTANCE]
        if flat:
            return (good or flat)[0], True
    valid = [place for place, row in enumerate(rows) if _is_valid(row)]
    return (valid[0] if valid else width - 1), False


def _is_flat(one: dict, other: dict) -> bool:
    """Whether λ̂ is the same, within errors or a tenth, at this ε and the next smaller one."""
    apart = abs(one["llc"] - other["llc"])
    noise = 2 * math.hypot(one["std_err"], other["std_err"])
    return _is_valid(one) and _is_valid(other) and apart <= max(noise, FLAT * abs(other["llc"]))


def _words(chosen: Settings, row: dict, sure: bool, steepest: float, burn_in: int) -> str:
    share = chosen.epsilon * (chosen.nbeta * steepest + chosen.gamma)
    first = (
        f"ε = {chosen.epsilon:.2g} is {share:.2g} of 1/(nβ h + γ), with h = {steepest:.3g} the largest "
        f"curvature; γ = {chosen.gamma:.3g} lets flat directions settle within {burn_in} steps of burn-in, "
        "and longer chains allow a weaker one"
    )
    if sure:
        return f"{first}; λ̂ = {row['llc']:.3g} is flat in ε here, acceptance {row['acceptance']:.2f}: sure"
    return f"{first}; λ̂ was nowhere flat in ε among stable cells: unsure, look at the grid"
