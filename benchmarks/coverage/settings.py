"""Settings of the trials, good and bad, and the rule, fixed beforehand, that says which is which.

With κ = nβ h + γ, h a curvature of the loss, a setting is good if
- the step is small against the steepest direction: ε κ_max ≤ ½; for plain SGLD, whose variance is too large
  by ε κ / 4 there, ε κ_max ≤ .08 (2 %);
- the burn-in holds three relaxation times 1/(ε κ_min) of the loss in the slowest direction that counts;
- all draws together hold 40 autocorrelation times 2/(ε κ_min) of it;
- a minibatch of m examples heats by 2 % at most: ε (nβ)² C / 4m ≤ .02, C the gradient's covariance;
- and the system is sound: w* is a minimum, and no other place is within a few nats.
"""

import math
from dataclasses import dataclass, replace

from benchmarks.coverage.systems import Landscape, System

STEP, PLAIN_STEP = 0.5, 0.08
BURN_IN, DRAWS, HEAT = 3.0, 40.0, 0.02
CHAINS, USUAL_DRAWS, USUAL_BURN_IN, LONG_DRAWS = 4, 200, 100, 400
SHARES = {"tiny": 0.003, "usual": 0.3, "huge": 3.0}  # ε κ_max of chains of the usual length
LONG_SHARES = {"careful": 0.05, "long": 0.3, "large": 1.0}
MARGIN = 1.5  # of long chains over what the rule asks for
LONGEST_COOL = 8000  # steps of chains on minibatches whose ε is small enough for their heat


@dataclass(frozen=True)
class Setting:
    """How one estimate is made; batch_size None: all data."""

    name: str
    epsilon: float
    batch_size: int | None = None
    burn_in: int = USUAL_BURN_IN
    draws: int = USUAL_DRAWS
    steps_per_draw: int = 1
    chains: int = CHAINS


def stiffness(system: System, land: Landscape) -> tuple[float, float]:
    """κ_max and κ_min."""
    return tuple(system.nbeta * h + system.gamma for h in (land.steepest, land.slowest))


def settings(system: System, land: Landscape) -> list[Setting]:
    """Every setting of a system, for each of its batch sizes."""
    rows = []
    for batch in system.batches:
        steep, _ = stiffness(system, land)
        suffix = "" if batch is None else f", batch {batch}"
        rows += [Setting(name + suffix, share / steep, batch) for name, share in SHARES.items()]
        rows += [
            lengthened(Setting(name + suffix, share / steep, batch), system, land, system.most_steps)
            for name, share in LONG_SHARES.items()
        ]
        if batch is not None:
            cool = 0.8 * HEAT * 4 * batch / (system.nbeta * land.noise) if land.noise else 1.0
            setting = Setting("cool" + suffix, min(cool, LONG_SHARES["careful"]) / steep, batch)
            rows.append(lengthened(setting, system, land, LONGEST_COOL))
        rows += [
            replace(Setting(name + suffix, 1 / steep, batch), **change)
            for name, change in system.extra.items()
        ]
    return rows


def lengthened(setting: Setting, system: System, land: Landscape, most_steps: int) -> Setting:
    """The setting with burn-in and draws that the rule asks for, as far as the steps allow."""
    rate = setting.epsilon * stiffness(system, land)[1]
    burn_in, steps = MARGIN * BURN_IN / rate, max(MARGIN * DRAWS * 2 / rate / CHAINS, USUAL_DRAWS)
    fits = min(1.0, most_steps / (burn_in + steps))
    burn_in, steps = max(USUAL_BURN_IN, math.ceil(fits * burn_in)), math.ceil(fits * steps)
    spacing = max(1, steps // LONG_DRAWS)
    return replace(setting, burn_in=burn_in, draws=steps // spacing, steps_per_draw=spacing)


def faults(setting: Setting, system: System, land: Landscape, plain: bool) -> list[str]:
    """Why a setting is not good, in words; none: it is good. plain: of SGLD."""
    steep, slow = (setting.epsilon * kappa for kappa in stiffness(system, land))
    drawn = setting.chains * setting.draws * setting.steps_per_draw * slow / 2
    heat = 0.0
    if setting.batch_size is not None:
        heat = setting.epsilon * system.nbeta**2 * land.steepest * land.noise / (4 * setting.batch_size)
    rules = {
        "unsound": not land.sound,
        "step": steep > (PLAIN_STEP if plain else STEP) * (1 + 1e-9),
        "burn-in": setting.burn_in * slow < BURN_IN,
        "draws": drawn < DRAWS,
        "heat": heat > HEAT,
    }
    return [name for name, broken in rules.items() if broken]
