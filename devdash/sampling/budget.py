"""What an estimate may be off by, each part in units of λ, and what kind of number it is.

Two thermometers, both free, are at 1 where chains have the distribution exp(−U) with U = nβL + γ‖w − w*‖²/2:
the virial E[(w − w*) · ∇U] / d, and the configurational temperature E[∇L · ∇U] / E[ΔL] (Rugh 1997; Butler
et al. 1998), with the Laplacian ΔL read off the noise of the last step. A bias of the step and the
minibatches' heat raise them as they raise λ̂; directions that have not settled lower the virial.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from devdash.sampling.series import error_of_mean
from devdash.sampling.transform import Settings
from devdash.verdicts import BETWEEN, CURVATURE, CURVATURE_ABOVE, LEARNING, LEARNING_BELOW

HOT = 0.25  # excess temperature of steep directions from which λ̂ says little
OPEN = 0.25  # error of ∂ ln λ̂ / ∂ ln nβ from which it does not tell a learning coefficient from a curvature


@dataclass(frozen=True)
class Budget:
    """Parts of the error, ≥ 0, in units of λ.

    monte_carlo: too few draws, and chains that have not settled. step: the bias of a finite ε.
    minibatch: the heat of its noise. gamma: what the localisation takes off a learning coefficient,
    |∂λ̂/∂ ln γ|; zero where λ̂ is no learning coefficient, and so is meant at this γ.
    """

    monte_carlo: float
    step: float = 0.0
    minibatch: float = 0.0
    gamma: float = 0.0

    @property
    def total(self) -> float:
        """All of them, as if they were independent."""
        return float(np.sqrt(self.monte_carlo**2 + self.step**2 + self.minibatch**2 + self.gamma**2))


@dataclass(frozen=True)
class Regime:
    """value: ∂ ln λ̂ / ∂ ln nβ at this γ, with its standard error.

    Near 0 λ̂ is a learning coefficient; near 1 it is nβ tr H / 2γ, a curvature. It is never above 1.
    """

    value: float
    std_err: float

    @property
    def word(self) -> str:
        """ "learning coefficient", "curvature" or "between"; "" where the error leaves it open."""
        if not self.std_err < OPEN:
            return ""
        if self.value < LEARNING_BELOW:
            return LEARNING
        return CURVATURE if self.value > CURVATURE_ABOVE else BETWEEN


@dataclass(frozen=True)
class Gauges:
    """Series of each chain, (chain, draw); None where the sampler or full batches have none.

    virial: nβ v·∇L, with v = w − w* (`transform.stein` in a box). balance: v·∇U − div v. force: nβ ∇L·∇U.
    trace: nβ ΔL. noise, excess_noise: variance over minibatches of nβ ∇L_m, summed over weights, and of
    nβ (L_m − L_m(w*)), (chain, check).
    """

    KEPT: ClassVar = ("virial", "balance", "force", "trace", "noise", "excess_noise")

    settings: Settings
    virial: np.ndarray
    balance: np.ndarray
    force: np.ndarray
    trace: np.ndarray | None
    noise: np.ndarray | None
    excess_noise: np.ndarray | None

    def of(self, chains: np.ndarray) -> "Gauges":
        """Those of some chains, (chain,) of bool."""
        kept = (getattr(self, name) for name in self.KEPT)
        return Gauges(self.settings, *(None if series is None else series[chains] for series in kept))


@dataclass(frozen=True)
class Bias:
    """An estimate of a bias in units of λ, with its own error."""

    value: float
    error: float

    @property
    def size(self) -> float:
        """|bias| without what noise adds to it: the root of the square's unbiased estimate."""
        return float(np.sqrt(max(self.value**2 - self.error**2, 0.0)))

    @property
    def is_plain(self) -> bool:
        """Whether it is no noise."""
        return abs(self.value) > 3 * self.error

    def times(self, factor: float) -> "Bias":
        """In other units."""
        return Bias(float(self.value * factor), float(self.error * abs(factor)))


def heat(gauges: Gauges) -> float:
    """What the minibatches' noise adds to λ̂: (ε/8)(nβ)² times its covariance's trace, over 1 − εk/4.

    Exact in directions where the loss outweighs γ (k: their curvature), too large elsewhere.
    """
    if gauges.noise is None or not gauges.settings.heated:
        return 0.0
    noise, virial = gauges.noise.mean(), gauges.virial.mean()
    steep = (gauges.force.mean() - noise) / virial if virial > 0 else 0.0
    damping = 1 - min(max(gauges.settings.epsilon * steep / 4, 0.0), 0.75)
    return float(gauges.settings.epsilon / 8 * noise / damping)


def step_bias(llc: float, gauges: Gauges, weights: int) -> Bias:
    """What a finite step makes λ̂ too large by.

    From the more exact thermometer; from what fixes the virial, where that is no noise and says more; and
    from the temperature of the steep directions where it is far from 1: then only an upper bound is known.
    """
    force, hot, readings = _force(gauges), heat(gauges), [Bias(0.0, np.inf)]
    by_temperature = temperature_excess(gauges).times(llc)
    if np.isfinite(by_temperature.value):
        if by_temperature.is_plain and by_temperature.value > HOT * abs(llc):
            return by_temperature
        readings.append(Bias(by_temperature.value - hot, by_temperature.error))
    if not (gauges.virial.mean() > 0 and force > 0):
        return min(readings, key=lambda bias: bias.error)
    # a direction's excess grows as its curvature, the sum of which is that of the loss (the mean of
    # the force, where chains are warm as they should be) and γ for each weight
    share = llc / gauges.virial.mean() * force / (force + gauges.settings.gamma * weights)
    by_virial = Bias(gauges.balance.mean() - 2 * hot, error_of_mean(gauges.balance)).times(share)
    surest = min([*readings, by_virial], key=lambda bias: bias.error)
    fixed = fixed_excess(gauges).times(share)
    return fixed if fixed.is_plain and abs(fixed.value) > abs(surest.value) else surest


def _force(gauges: Gauges) -> float:
    """E[∇(nβL) · ∇U] of the full gradient."""
    return gauges.force.mean() - (0.0 if gauges.noise is None else gauges.noise.mean())


def _has_trace(gauges: Gauges) -> bool:
    return gauges.trace is not None and gauges.settings.box is None and bool(gauges.trace.mean() > 0)


def fixed_excess(gauges: Gauges) -> Bias:
    """E[(w − w*) · ∇U] − d of a stationary chain of `langevin`, less the minibatches' heat, by its own step.

    E|w′ − w*|² = E|w − w*|² fixes it, whatever ε, at (ε/4) E[|∇U|² − ΔU]. This leaves out the noise of flat
    directions, which with many weights hides everything. NaN of chains without a trace.
    """
    rate = gauges.settings.epsilon / 4
    pull = rate * gauges.settings.gamma
    if not _has_trace(gauges) or pull >= 1:  # no chain of such a step is stationary
        return Bias(np.nan, np.nan)
    apart = gauges.force - gauges.trace
    noise = 0.0 if gauges.noise is None else gauges.noise.mean()
    return Bias(apart.mean() - noise, error_of_mean(apart)).times(rate / (1 - pull))


def temperature_excess(gauges: Gauges) -> Bias:
    """By how much the directions in which the loss is steep are too hot: E[∇(nβL) · ∇U] / E[nβ ΔL] − 1.

    NaN of chains without a trace.
    """
    if not _has_trace(gauges):
        return Bias(np.nan, np.nan)
    trace = gauges.trace.mean()
    excess = _force(gauges) / trace - 1
    return Bias(excess, error_of_mean(gauges.force - (1 + excess) * gauges.trace) / trace)


def unsettled(llc: float, pull: np.ndarray, gauges: Gauges) -> Bias:
    """What λ̂ is too small by (≤ 0) where chains have not spread as far as they will yet.

    What is missing from the virial, put down to directions that the loss feels, or, where that is less,
    to flat ones, which are then short of the same share of their part in λ̂.
    """
    missing, error = min(gauges.balance.mean(), 0.0), error_of_mean(gauges.balance)
    shares = [abs(llc / total) for total in (gauges.virial.mean(), pull.mean()) if total > 0]
    share = min(shares, default=0.0)
    return Bias(share * missing, share * error)


def regime_of(scaled: np.ndarray, pull: np.ndarray, gauges: Gauges) -> Regime:
    """∂ ln λ̂ / ∂ ln nβ = 1 − Var(nβΔL) / λ̂, free of the minibatches' noise.

    Where it is more exact, Cov(nβΔL, γ‖w − w*‖²/2) / λ̂ = −∂ ln λ̂ / ∂ ln γ, which is the same number for
    any loss that is quadratic. scaled, pull: (chain, draw).
    """
    llc = scaled.mean()
    if not llc > 0:
        return Regime(np.nan, np.nan)
    squares = (scaled - llc) ** 2
    noise, noise_error = 0.0, 0.0
    if gauges.excess_noise is not None:
        noise = gauges.excess_noise.mean()
        noise_error = gauges.excess_noise.std() / np.sqrt(gauges.excess_noise.size)
    by_variance = Regime(
        1 - (squares.mean() - noise) / llc, np.hypot(error_of_mean(squares), noise_error) / llc
    )
    by_pull = gamma_slope(scaled, pull)
    by_pull = Regime(by_pull.value / llc, by_pull.error / llc)
    surer = min(by_variance, by_pull, key=lambda regime: regime.std_err)
    least = least_regime(scaled, gauges)
    if not surer.std_err < OPEN and least.value - 2 * least.std_err > LEARNING_BELOW:
        surer = least
    return Regime(min(float(surer.value), 1.0), float(surer.std_err))


def least_regime(scaled: np.ndarray, gauges: Gauges) -> Regime:
    """A lower bound on ∂ ln λ̂ / ∂ ln nβ of a quadratic loss: λ̂ as a share of nβ tr H / 2γ.

    With a = nβh / (nβh + γ) of each direction the share is Σ a / Σ a/(1 − a), and the slope Σ a(1 − a) / Σ a.
    """
    noise = 0.0 if gauges.noise is None else gauges.noise
    force = gauges.force.mean() - np.mean(noise)
    if not force > 0:
        return Regime(np.nan, np.nan)
    llc, gamma = scaled.mean(), gauges.settings.gamma
    errors = error_of_mean(scaled) / llc, error_of_mean(gauges.force) / force, np.std(noise) / force
    return Regime(2 * gamma * llc / force, 2 * gamma * llc / force * float(np.linalg.norm(errors)))


def gamma_slope(scaled: np.ndarray, pull: np.ndarray) -> Bias:
    """−∂λ̂/∂ ln γ = Cov(nβΔL, γ‖w − w*‖²/2), with its error."""
    products = (scaled - scaled.mean()) * (pull - pull.mean()) / 2
    return Bias(float(products.mean()), error_of_mean(products))


def gamma_share(llc: float, regime: Regime, scaled: np.ndarray, pull: np.ndarray) -> Bias:
    """By how much λ̂ would change with ln γ.

    By the slope; where that is lost in the noise of many weights, by the regime, which for a quadratic loss
    is the slope over λ̂. scaled, pull: (chain, draw).
    """
    slope = gamma_slope(scaled, pull)
    by_regime = Bias(regime.value * llc, regime.std_err * llc)
    return by_regime if not slope.is_plain and by_regime.error < slope.error else slope


def pull_share(scaled: np.ndarray, pull: np.ndarray) -> float:
    """By how much nβΔL moves, at the most, where the pull γ‖w − w*‖² moves by 1.

    The slope of one on the other with two of its errors; never more than 1, or than in proportion.
    """
    slope, variance = gamma_slope(scaled, pull), pull.var()
    return min(1.0, abs(scaled.mean()) / pull.mean(), 2 * (abs(slope.value) + 2 * slope.error) / variance)
