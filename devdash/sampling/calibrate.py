"""Choosing ε, nβ and γ from a small grid, by rules that are stated and stored with the grid.

ε is a share of 1 / (nβ h + γ), with h the largest curvature where the posterior lies. γ is the weakest
localisation under which flat directions settle within the burn-in; where chains leave the valley of w*
under it, it is raised until they stay. The largest ε is taken at which neither the step nor the minibatches
bias λ̂ and λ̂ is as at the next smaller one, at the largest nβ that allows it.
The grid after Lau et al. 2023 (arXiv 2308.12108), appendix on hyperparameters; the rules are this package's.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd
import torch

from devdash.sampling import loss_checks
from devdash.sampling.curvature import Curvature
from devdash.sampling.langevin import Langevin
from devdash.sampling.plan import Plan, usual_nbeta, with_nbeta
from devdash.sampling.problem import Problem
from devdash.sampling.transform import Settings
from devdash.sampling.trials import Trial, has_left, is_flat, is_unbiased, is_valid

STEP_SHARES = (1.6, 0.8, 0.3, 0.1)  # ε (nβ h + γ): 4 is unstable
SETTLING = 0.8  # the share at which flat directions have settled
NBETA_SHARES = (1.0, 1 / 4, 1 / 16)
PULLS = (1.0, 8.0, 64.0)  # γ, in the weakest one's
GAMMA_FACTORS = (1 / 4, 4.0)
DIAL = tuple(10 ** (k / 3) for k in range(-6, 4))
SETTLED = 2.0  # relaxation times of λ̂ in a flat direction, 1 / (εγ) steps, that the burn-in holds


@dataclass(frozen=True)
class Calibration:
    """sampler: the chosen settings. sure: whether λ̂ was flat in ε around them. reason: in words.

    grid: one row per cell with part ("grid", "gamma" or "dial"), epsilon, nbeta, gamma, llc,
    std_err, acceptance, virial, bias_share (what step and minibatches add, relative), regime, drift
    (relative), verdict, chosen, reason. Smaller nβ are in it where no cell of a larger one would do, stronger
    γ where chains left w*.

    >>> from devdash.sampling import Langevin
    >>> chosen = Calibration(Langevin(1e-3, 30.0), sure=True, reason="flat in ε", grid=pd.DataFrame())
    >>> chosen.sampler.nbeta, chosen.sure
    (30.0, True)
    """

    sampler: Settings
    sure: bool
    reason: str
    grid: pd.DataFrame


def _table(rows: list[dict]) -> pd.DataFrame:
    return pd.DataFrame(rows).drop(columns="estimate")


def calibrate(
    loss,
    params,
    data,
    *,
    sampler: Settings | None = None,
    component=None,
    components: Mapping[str, object] | None = None,
    burn_in: int = 100,
    steps_per_draw: int = 1,
    batch_size: int | None = None,
    scale=None,
    seed: int = 0,
) -> Calibration:
    """ε, nβ and γ for a loss at w*, to be used with chains of this burn-in (steps).

    Arguments as in `estimate_llc`; sampler: its kind, with nβ where that is to stay; components: of several
    that are to be compared the steepest one, in the place of component. One result serves a trajectory: at
    the default burn-in the grid costs about 1,800 gradients, 1,200 more for each stronger γ that is tried,
    and 4,200 where smaller nβ are, which is a fourth of an estimate of 4 × 300 steps for each of 14
    checkpoints. Rows of part "gamma" show how λ̂ depends on γ at the chosen ε and nβ.

    >>> def loss(params, _):
    ...     return (params["w"] ** 2).sum()
    >>> calibration = calibrate(loss, {"w": torch.zeros(2)}, None, burn_in=20)
    >>> calibration.sampler.nbeta > 0, sorted(calibration.grid["part"].unique())
    (True, ['gamma', 'grid'])
    """
    plan = Plan(
        sampler=sampler or Langevin(),
        burn_in=burn_in,
        steps_per_draw=steps_per_draw,
        batch_size=batch_size,
        scale=scale,
        seed=seed,
    )
    return settled(*_prepared(loss, params, data, components or {"": component}, plan))


def _prepared(loss, params, data, components, plan: Plan) -> tuple[Problem, Plan]:
    """Checked input made ready, and the plan with its batch size."""
    checked = loss_checks.checked(loss, [params], data, components, plan.batch_size)
    plan = replace(plan, batch_size=checked.batch_size)
    return Problem(loss, checked.points, checked.data, checked.movings, plan), plan


def settled(problem: Problem, plan: Plan) -> Calibration:
    """`calibrate` for the component of a problem with the steepest loss."""
    sampler = plan.sampler or Langevin()
    if len(problem.movings) > 1:
        problem = problem.only(steepest(problem))
    highest, curvature = _scale_of(problem, sampler)
    trial = Trial(problem, plan)
    rows, best = _search(trial, sampler, highest, curvature)
    valid = [place for place, row in enumerate(rows) if is_valid(row)]
    place = best if best is not None else valid[0] if valid else len(rows) - 1
    chosen = replace(sampler, **{name: rows[place][name] for name in ("epsilon", "nbeta", "gamma")})
    gammas = [trial.row("gamma", replace(chosen, gamma=chosen.gamma * factor)) for factor in GAMMA_FACTORS]
    rows[place]["chosen"] = True
    reason = _words(chosen, rows, place, best is not None, curvature, plan.burn_in)
    rows[place]["reason"] = reason
    return Calibration(chosen, best is not None, reason, _table([*rows, *gammas]))


def _search(
    trial: Trial, sampler: Settings, highest: float, steepest: float
) -> tuple[list[dict], int | None]:
    """The rows of the grid, and the place of the best one. highest: nβ.

    A smaller nβ, whose γ is weaker too, is of no use where chains left w*, nor is a stronger γ where they
    stayed.
    """
    rows: list[dict] = []
    for pull in PULLS:
        for share in NBETA_SHARES if sampler.nbeta is None else (1.0,):
            first = len(rows)
            cells = _cells(sampler, highest * share, steepest, trial.plan.burn_in, pull)
            rows += [trial.row("grid", cell) for cell in cells]
            if (best := _best(rows, first)) is not None:
                return rows, best
            if left := any(has_left(row) for row in rows[first:]):
                break
        if not left:
            break
    return rows, None


def steepest(problem: Problem) -> str:
    """The component with the largest curvature at w*: a step that is stable there is so in all."""

    def curvature(name: str) -> float:
        generator = torch.Generator(problem.device).manual_seed(0)
        unit = problem.units[list(problem.movings).index(name)]
        at_start = Curvature(problem.loss, problem.params, problem.data, problem.movings[name], unit)
        return at_start.largest(generator)

    return max(problem.movings, key=curvature)


def dial(
    loss,
    params,
    data,
    sampler: Settings,
    *,
    component=None,
    burn_in: int = 100,
    steps_per_draw: int = 1,
    batch_size: int | None = None,
    scale=None,
    seed: int = 0,
) -> pd.DataFrame:
    """λ̂ against nβ, from a hundredth to ten times the sampler's, with ε nβ and γ / nβ held.

    Arguments as in `estimate_llc`. Rows as in `Calibration.grid`, part "dial".

    >>> def loss(params, _):
    ...     return (params["w"] ** 2).sum()
    >>> rows = dial(loss, {"w": torch.zeros(2)}, None, Langevin(epsilon=1e-3, nbeta=100.0), burn_in=10)
    >>> len(rows), int(rows["chosen"].sum())
    (10, 1)
    """
    plan = Plan(sampler, 4, 200, burn_in, steps_per_draw, batch_size, scale, seed=seed)
    problem, plan = _prepared(loss, params, data, {"": component}, plan)
    sampler, trial, rows = with_nbeta(sampler, problem.data), Trial(problem, plan), []
    for factor in DIAL:
        values = {"nbeta": sampler.nbeta * factor, "epsilon": sampler.epsilon / factor}
        rows.append(trial.row("dial", replace(sampler, gamma=sampler.gamma * factor, **values)))
        rows[-1]["chosen"] = math.isclose(factor, 1.0)
    return _table(rows)


def trial(loss, params, data, sampler: Settings, components: Mapping[str, object], plan: Plan) -> dict:
    """A short run with settings that were chosen elsewhere, of the steepest of some components.

    A row as in `Calibration.grid`, part "trajectory", and `sound`: whether chains stayed at w*, settled, and
    are not biased by step or minibatches. plan: lengths of chains and the batch size.

    >>> from devdash.sampling import SGLD
    >>> def loss(params, _):
    ...     return (params["w"] ** 2).sum()
    >>> plan = Plan(draws=50, burn_in=20, steps_per_draw=1)
    >>> row = trial(loss, {"w": torch.zeros(2)}, None, SGLD(1e-3, 100.0), {"all": None}, plan)
    >>> row["part"], row["nbeta"], row["verdict"] == "diverged"
    ('trajectory', 100.0, False)
    """
    problem, plan = _prepared(loss, params, data, components, plan)
    if len(problem.movings) > 1:
        problem = problem.only(steepest(problem))
    row = Trial(problem, plan).row("trajectory", sampler)
    sound = is_valid(row) and is_unbiased(row)
    return {name: value for name, value in row.items() if name != "estimate"} | {"sound": sound}


def _cells(
    sampler: Settings, nbeta: float, steepest: float, burn_in: int, pull: float = 1.0
) -> list[Settings]:
    """The settings of one nβ, from the largest ε to the smallest, all at one γ. pull: in the weakest γ."""
    needed = min(SETTLED / max(burn_in, 1), SETTLING / 2)  # εγ
    gamma = pull * needed * nbeta * steepest / (SETTLING - needed)
    return [
        replace(sampler, nbeta=nbeta, gamma=gamma, epsilon=share / (nbeta * steepest + gamma))
        for share in STEP_SHARES
    ]


def _scale_of(problem: Problem, sampler: Settings) -> tuple[float, float]:
    """The largest nβ, and the largest curvature at w* and a typical distance from it."""
    loss, params, data = problem.loss, problem.params, problem.data
    (moving,), (unit,) = problem.movings.values(), problem.units
    generator = torch.Generator(problem.device).manual_seed(0)
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


def _best(rows: list[dict], first: int) -> int | None:
    """Place of the largest ε from `first` on that is good and where λ̂ is as at the next smaller one."""
    for place in range(first, len(rows) - 1):
        if is_unbiased(rows[place]) and is_flat(rows[place], rows[place + 1]):
            return place
    return None


def _words(chosen: Settings, rows: list[dict], place: int, sure: bool, steepest: float, burn_in: int) -> str:
    share = chosen.epsilon * (chosen.nbeta * steepest + chosen.gamma)
    pull = f"γ = {chosen.gamma:.3g} lets flat directions settle within {burn_in} steps of burn-in"
    weakest = rows[0]["gamma"] / rows[0]["nbeta"]
    if chosen.gamma / chosen.nbeta > 2 * weakest:
        pull += ", and keeps chains in the valley of w*, which they left under a weaker one"
    else:
        pull += ", and longer chains allow a weaker one"
    first = f"ε = {chosen.epsilon:.2g} is {share:.2g} of 1/(nβ h + γ), with h = {steepest:.3g} the largest "
    first += f"curvature; {pull}"
    if sure:
        row = rows[place]
        word = row["estimate"].regime.word
        kind = f", a {word}" if word in ("learning coefficient", "curvature") else ""
        return f"{first}; λ̂ = {row['llc']:.3g}{kind}, is flat in ε here, virial {row['virial']:.2f}: sure"
    return f"{first}; nowhere was λ̂ flat in ε and free of bias: unsure, look at the grid"
