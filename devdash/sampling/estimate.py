"""What an estimate consists of, and how it is made from the chains."""

import math
from dataclasses import dataclass, field
from html import escape
from importlib import import_module

import numpy as np
import pandas as pd
import torch

from devdash.sampling import resolution
from devdash.sampling.budget import Bias, Budget, Regime
from devdash.sampling.chains import Group
from devdash.sampling.devices import double
from devdash.sampling.growth import Growth
from devdash.sampling.schedule import KEPT_BURN_IN
from devdash.sampling.transform import Settings
from devdash.verdicts import AT_MINIMUM, NOT_CONVERGED

STOPPED = {
    "draws": "",
    "std_err": "stopped at the wanted standard error",
    "budget": "stopped at the end of the budget",
}


@dataclass(frozen=True)
class Estimate:
    """llc and std_err in units of λ; losses: (chain, draw), the loss at w* plus the paired excess.

    chain_llc: (chain,), NaN where a chain diverged. init_loss: loss at w* over all data.
    distances: (chain, draw), ‖w − w*‖. burn_in_losses, burn_in_distances: (chain, kept step), every
    steps_per_draw steps or less often. positions: (chain, draw, moving weight) and observed: (chain,
    kept draw, item), ℓ(w) − ℓ(w*) in half precision, where they were asked for; an item is an example, or
    what the loss tells apart in examples (a transformer's: every token, sequence by sequence). stopped:
    "draws", "std_err" or "budget". calibration: how ε, nβ, γ were found, where the caller gave none.
    virial: E[(w − w*)·∇U]/d, 1 where step and minibatches do not bias the chains and these have settled.
    regime: whether λ̂ is a learning coefficient or a curvature. budget: the parts of std_err. step: what
    the finite ε adds to λ̂, as measured, with its sign and error. growth: the power of the distance from w*
    with which the loss grows where the chains are. evaluations:
    gradients of one minibatch that it took, those at w* with them, but not the calibration's.

    >>> from devdash.sampling import SGLD, estimate_llc
    >>> settings = {"sampler": SGLD(1e-3, 30.0), "draws": 50, "burn_in": 20, "keep_positions": True}
    >>> estimate = estimate_llc(lambda w, _: (w["w"] ** 2).sum(), {"w": torch.zeros(3)}, None, **settings)
    >>> estimate.chain_llc.shape, estimate.losses.shape, estimate.positions.shape, estimate.init_loss
    ((4,), (4, 50), (4, 50, 3), 0.0)
    """

    llc: float
    std_err: float
    chain_llc: np.ndarray
    losses: np.ndarray
    init_loss: float
    rhat: float
    ess: float
    acceptance: float
    verdict: str
    message: str
    sampler: Settings
    draws: int
    burn_in: int
    steps_per_draw: int
    batch_size: int | None
    distances: np.ndarray
    burn_in_losses: np.ndarray
    burn_in_distances: np.ndarray
    stopped: str = "draws"
    positions: np.ndarray | None = None
    observed: np.ndarray | None = None
    calibration: object = None
    virial: float = math.nan
    regime: Regime = field(default_factory=lambda: Regime(math.nan, math.nan))
    budget: Budget = field(default_factory=lambda: Budget(math.nan))
    step: Bias = field(default_factory=lambda: Bias(math.nan, math.nan))
    growth: Growth = field(default_factory=lambda: Growth(math.nan, math.nan))
    evaluations: int = 0

    def __repr__(self) -> str:
        chains, draws = self.losses.shape
        return (
            f"λ̂ = {self.llc:.4g} ± {self.std_err:.2g}, {self.verdict} ({chains} chains × {draws} draws, nβ = "
            f"{self.sampler.nbeta:.4g}, ε = {self.sampler.epsilon:.2g}, γ = {self.sampler.gamma:.3g})"
        )

    def _repr_html_(self) -> str:
        facts = {
            "λ̂": f"{self.llc:.4g} ± {self.std_err:.2g}",
            "verdict": self.verdict,
            "message": self.message or "–",
            "kind of number": self.regime.word or "not known",
            "R̂, ESS": f"{self.rhat:.3f}, {self.ess:.0f}",
            "settings": repr(self.sampler),
        }
        rows = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in facts.items())
        return f"<table>{rows}</table>"

    def to_frame(self) -> pd.DataFrame:
        """One row per chain and draw: chain, draw, loss, distance, and of the estimate init_loss, nbeta, llc,
        std_err, ess, step, regime_word, hessian_trace, as the figures of chains are drawn from."""
        chains, draws = self.losses.shape
        return pd.DataFrame(
            {
                "chain": np.repeat(np.arange(chains), draws),
                "draw": np.tile(np.arange(draws), chains),
                "loss": self.losses.ravel(),
                "distance": self.distances.ravel(),
                "init_loss": self.init_loss,
                "nbeta": self.sampler.nbeta,
                "llc": self.llc,
                "std_err": self.std_err,
                "ess": self.ess,
                "step": 0,
                "regime_word": self.regime.word,
                "hessian_trace": self.trace,
            }
        )

    def plot(self):
        """The chains, as on the page Sampler: a Plotly figure."""
        traces, style = (import_module(f"devdash.figures.{name}") for name in ("chain_traces", "style"))
        return style.dress(traces.draw(self.to_frame()), "light")

    def to_xarray(self):
        """A Dataset with the dimensions chain and draw, as ArviZ takes it: loss, distance, and λ̂ of each
        draw, nβ(L − L*). Needs xarray."""
        import xarray

        scaled = self.sampler.nbeta * (self.losses - self.init_loss)
        series = {"loss": self.losses, "distance": self.distances, "llc": scaled}
        chains, draws = (np.arange(size) for size in self.losses.shape)
        variables = {name: (("chain", "draw"), values) for name, values in series.items()}
        facts = {"llc": self.llc, "std_err": self.std_err, "verdict": self.verdict}
        return xarray.Dataset(variables, {"chain": chains, "draw": draws}, facts)

    def burn_in_draws(self) -> np.ndarray:
        """When each kept step of the burn-in was: (kept step,), in draws before the first draw, < 0."""
        kept = self.burn_in_losses.shape[1]
        every = max(1, math.ceil(self.burn_in / self.steps_per_draw / KEPT_BURN_IN))
        return -every * np.arange(kept, 0, -1)

    @property
    def trace(self) -> float:
        """tr H = 2γλ̂/nβ, of the mean loss at w*, where λ̂ is a curvature; NaN elsewhere."""
        if self.regime.word != "curvature":
            return math.nan
        return 2 * self.sampler.gamma * self.llc / self.sampler.nbeta

    @property
    def mean_loss(self) -> float:
        """Mean loss of the chains that did not diverge."""
        return self.init_loss + self.llc / self.sampler.nbeta


def estimates(
    group: Group, schedule, batches, stopped: str, calibration, rounding: list[float]
) -> list[Estimate]:
    """One estimate for each point of a group. rounding: of the loss at each w*, as in `resolution`."""
    starts = group.reference.mean()
    return [
        _estimate(group, i, start, schedule, batches, stopped, calibration, rounding[i])
        for i, start in enumerate(starts)
    ]


def _estimate(group, point, start, schedule, batches, stopped, calibration, rounding) -> Estimate:
    of_point = slice(point * group.chains, (point + 1) * group.chains)

    def kept(name: str) -> np.ndarray | None:
        series = group.series(name)
        return None if series is None else _array(series[of_point])

    empty = np.zeros((group.chains, 0))
    facts = vars(group.summary(point)).copy()
    coarse = resolution.reason(rounding, group.settings.nbeta, facts["llc"], facts["std_err"], kept("excess"))
    if coarse is not None and facts["verdict"] in AT_MINIMUM:
        facts |= {"verdict": NOT_CONVERGED, "message": "; ".join(filter(None, (coarse, facts["message"])))}
    facts["message"] = "; ".join(part for part in (STOPPED[stopped], facts["message"]) if part)
    before, away = kept("burn_in_excess"), kept("burn_in_distance")
    return Estimate(
        **facts,
        losses=start + kept("excess"),
        init_loss=start,
        sampler=group.settings,
        draws=len(group.kept["excess"]),
        burn_in=schedule.burn_in,
        steps_per_draw=schedule.steps_per_draw,
        batch_size=None if batches.data is None or batches.full else batches.size,
        distances=kept("distance"),
        burn_in_losses=empty if before is None else start + before,
        burn_in_distances=empty if away is None else away,
        stopped=stopped,
        positions=kept("positions"),
        observed=kept("observed"),
        calibration=calibration,
        evaluations=group.spent() // len(group.anchors),
    )


def _array(tensor: torch.Tensor) -> np.ndarray:
    if tensor.dtype == torch.float16:
        return tensor.cpu().numpy()
    return double(tensor).cpu().numpy()
