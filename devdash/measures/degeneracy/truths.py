"""Estimates at points of known λ, as rows of truth, potential_draw, potential_level and rescaling."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from devdash.models.potentials import Potential, level_grid
from devdash.sampling import Estimate

OUTER = 0.99  # share of the draws that the drawn level sets reach around


@dataclass(frozen=True)
class System:
    """What theory says of one point, under the names of the table truth; None where it says nothing.

    >>> point = System("potential", "x²+y⁴", weights=2, llc_theory=0.75, multiplicity=1, hessian_rank=1)
    >>> point.nullity
    1
    """

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
    """One row of the table truth. n: examples, of which nβ = n / log n; steps: of each chain.

    >>> from devdash.sampling import SGLD, estimate_llc
    >>> settings = {"sampler": SGLD(1e-3, 30.0), "draws": 5, "burn_in": 0}
    >>> estimate = estimate_llc(lambda w, _: (w["w"] ** 2).sum(), {"w": torch.zeros(2)}, None, **settings)
    >>> point = System("potential", "x² + y²", weights=2, llc_theory=1.0, multiplicity=1, hessian_rank=2)
    >>> facts = truth_row(point, estimate, "ours", n=200, steps=5, wall_s=0.1)
    >>> facts["name"], facts["nullity"], facts["sampler"], facts["nbeta"], facts["chains"]
    ('x² + y²', 0, 'SGLD', 30.0, 4)
    """
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
    """Rows of `truth_row` as a frame whose layers and true rank may be empty.

    >>> potential, net = {"layers": None, "true_rank": None}, {"layers": 2, "true_rank": 1}
    >>> truth_table([{"name": "x²"} | potential, {"name": "3-3-3"} | net])
        name  layers  true_rank
    0     x²    <NA>       <NA>
    1  3-3-3       2          1
    """
    return pd.DataFrame(rows).astype({"layers": "Int64", "true_rank": "Int64"})


def potential_tables(name: str, potential: Potential, estimate: Estimate, keep: int, grid: int) -> dict:
    """At most `keep` draws of a potential of two variables, and K on a grid that reaches around them.

    estimate: made with keep_positions=True. The draws are the last ones of as many chains.

    >>> from devdash.models.potentials import POTENTIALS
    >>> from devdash.sampling import SGLD, estimate_llc
    >>> potential, point = POTENTIALS["x²+y²"], {"w": torch.zeros(2)}
    >>> settings = {"sampler": SGLD(1e-3, 30.0), "draws": 5, "burn_in": 0, "keep_positions": True}
    >>> estimate = estimate_llc(lambda w, _: potential.value(*w["w"]), point, None, **settings)
    >>> tables = potential_tables("x²+y²", potential, estimate, keep=3, grid=11)
    >>> {name: rows.shape for name, rows in tables.items()}
    {'potential_draw': (3, 6), 'potential_level': (121, 4)}
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
    """One row of the table rescaling. sampler: its name for a reader.

    >>> from devdash.sampling import SGLD, estimate_llc
    >>> settings = {"sampler": SGLD(1e-3, 30.0), "draws": 5, "burn_in": 0}
    >>> estimate = estimate_llc(lambda w, _: (w["w"] ** 2).sum(), {"w": torch.zeros(2)}, None, **settings)
    >>> facts = rescaling_row(estimate, factor=10.0, sampler="SGLD, RMSprop")
    >>> facts["factor"], facts["sampler"], facts["epsilon"]
    (10.0, 'SGLD, RMSprop', 0.001)
    """
    fields = ("llc", "std_err", "rhat", "acceptance", "verdict", "message")
    return {
        "factor": factor,
        "sampler": sampler,
        **{name: getattr(estimate, name) for name in fields},
        **{name: getattr(estimate.sampler, name) for name in ("nbeta", "epsilon", "gamma")},
    }
