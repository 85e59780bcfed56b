"""Estimates at points of known λ, as rows of truth, potential_draw, potential_level and rescaling."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from devdash.models.potentials import Potential, level_grid
from devdash.sampling import Estimate

OUTER = 0.99  # share of the draws that the drawn level sets reach around


@dataclass(frozen=True)
class System:
    """What theory says of one point, under the names of the table truth; None where it says nothing."""

    system: str
    name: str
    weights: int
    llc_theory: float
    multiplicity: int
    hessian_rank: int
    layers: int | None = None
    true_rank: int | None = None

    @property
    def nullity(self) -> int:
        """Flat directions of the Hessian at the point."""
        return self.weights - self.hessian_rank


def truth_row(
    system: System,
    estimate: Estimate,
    protocol: str,
    n: float,
    steps: int,
    wall_s: float,
    llc_exact: float = float("nan"),
) -> dict:
    """One row of the table truth. n: examples, of which nβ = n / log n; steps: of each chain."""
    fields = ("llc", "std_err", "rhat", "ess", "acceptance", "verdict", "message", "draws")
    return {
        **vars(system),
        "nullity": system.nullity,
        "protocol": protocol,
        "n": n,
        "llc_exact": llc_exact,
        **{name: getattr(estimate, name) for name in fields},
        "sampler": type(estimate.sampler).__name__,
        **{name: getattr(estimate.sampler, name) for name in ("nbeta", "epsilon", "gamma")},
        "chains": len(estimate.chain_llc),
        "steps": steps,
        "wall_s": wall_s,
    }


def truth_table(rows: list[dict]) -> pd.DataFrame:
    """Rows of `truth_row` as a frame whose layers and true rank may be empty."""
    return pd.DataFrame(rows).astype({"layers": "Int64", "true_rank": "Int64"})


def potential_tables(name: str, potential: Potential, estimate: Estimate, keep: int, grid: int) -> dict:
    """At most `keep` draws of a potential of two variables, and K on a grid that reaches around them.

    estimate: made with keep_positions=True. The draws are the last ones of as many chains.
    """
    positions, losses = np.asarray(estimate.positions), estimate.losses
    finite = np.flatnonzero(np.isfinite(losses).all(1))[:keep]
    last = positions.shape[1] - 1
    x, y = positions[finite, last].T
    distance = np.abs(positions[finite] - np.array(potential.point)).max(-1)
    level_x, level_y, level = level_grid(potential, float(np.quantile(distance, OUTER)), grid)
    draws = {"name": name, "chain": finite, "draw": last, "x": x, "y": y, "loss": losses[finite, last]}
    return {
        "potential_draw": pd.DataFrame(draws),
        "potential_level": pd.DataFrame({"name": name, "x": level_x, "y": level_y, "loss": level}),
    }


def rescaling_row(estimate: Estimate, factor: float, sampler: str) -> dict:
    """One row of the table rescaling. sampler: its name for a reader."""
    fields = ("llc", "std_err", "rhat", "acceptance", "verdict", "message")
    return {
        "factor": factor,
        "sampler": sampler,
        **{name: getattr(estimate, name) for name in fields},
        **{name: getattr(estimate.sampler, name) for name in ("nbeta", "epsilon", "gamma")},
    }
