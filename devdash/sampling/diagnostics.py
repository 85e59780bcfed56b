"""Is the number to be trusted? R̂, effective sample size, an error that covers all, and a verdict in words.

Verdicts: `reliable`, `not converged`, `not a minimum`, `diverged`; only the first is drawn as a plain
point. What is off and by how much: `budget`.
"""

from dataclasses import dataclass, field

import numpy as np

from devdash.sampling import budget
from devdash.sampling.budget import Bias, Budget, Gauges, Regime
from devdash.sampling.growth import Growth, growth_of
from devdash.sampling.series import blocks_of, common_error, disagreement, drift_of, effective, error_of_mean
from devdash.verdicts import BETWEEN, CURVATURE, DIVERGED, LEARNING, NOT_A_MINIMUM, NOT_CONVERGED, RELIABLE

MAX_RHAT = 1.1
MIN_ESS = 20
MIN_ACCEPTANCE = 0.5
MAX_BIAS = 0.05  # of λ̂, of each kind
MAX_ERROR = 0.1  # of λ̂, all in all
DRIFT_SHARE = 0.1
BLOCKS = 10
DOMINATED = 0.5
ESCAPE = 1.0  # nats: a posterior cannot tell points apart whose nβL differs by less
FELT = 1e-9  # nats: a loss that changes by less is no loss to the chains


@dataclass(frozen=True)
class Summary:
    """llc, std_err in units of λ; chain_llc (chain,), NaN where diverged; R̂ and ESS as in ArviZ.

    std_err: all of the budget. virial: E[(w − w*)·∇U]/d, 1 where chains are as they should be.
    growth: the power of the distance with which the loss grows where they are.
    """

    llc: float
    std_err: float
    chain_llc: np.ndarray
    rhat: float
    ess: float
    acceptance: float
    verdict: str
    message: str
    virial: float = np.nan
    regime: Regime = field(default_factory=lambda: Regime(np.nan, np.nan))
    budget: Budget = field(default_factory=lambda: Budget(np.nan, np.nan, np.nan, np.nan))
    step: Bias = field(default_factory=lambda: Bias(np.nan, np.nan))
    growth: Growth = field(default_factory=lambda: Growth(np.nan, np.nan))


def summarise(
    scaled,
    acceptance,
    pull,
    weights: int,
    shared: bool = False,
    corrected: bool = False,
    gauges: Gauges | None = None,
) -> Summary:
    """From nβ(L(w) − L(w*)) of each draw, (chain, draw), acceptance (chain, check), and pull.

    pull: γ‖w − w*‖², (chain, draw) or the chains' means (chain,). shared: the chains saw the same
    minibatches, whose noise more chains do not average away. corrected: there is a Metropolis test,
    and a low acceptance is no sign of bias. gauges: what the chains' temperature is read off.

    >>> draws = np.random.default_rng(0).gamma(4.0, size=(4, 500))  # nβ(L − L(w*)) of a model with λ = 4
    >>> summary = summarise(draws, acceptance=np.ones((4, 1)), pull=np.zeros(4), weights=8, corrected=True)
    >>> round(summary.llc, 1), round(summary.std_err, 2), summary.verdict
    (4.0, 0.07, 'reliable')
    """
    scaled, pull = np.asarray(scaled, dtype=float), np.asarray(pull, dtype=float)
    pull = pull[:, None] if pull.ndim == 1 else pull
    alive = np.isfinite(scaled).all(1) & np.isfinite(pull).all(1)
    if gauges is not None:
        alive &= np.isfinite(gauges.balance).all(1) & np.isfinite(gauges.force).all(1)
    chain_llc = np.where(alive, np.where(alive[:, None], scaled, 0).mean(1), np.nan)
    if not alive.any():
        text = "every chain diverged: lower ε"
        return Summary(*[np.nan] * 2, chain_llc, np.nan, np.nan, np.nan, DIVERGED, text)
    kept = scaled[alive]
    checked = np.asarray(acceptance, dtype=float)[alive]
    accepted = float(checked.mean())
    noise = 2 * float(checked.std()) / np.sqrt(checked.size)
    chains = Chains(
        kept, pull[alive], None if gauges is None else gauges.of(alive), weights, shared, corrected
    )
    trusted = not corrected and (gauges is None or weights == 0)
    verdict, reasons = judge(chains, accepted if trusted else np.nan, noise)
    if not alive.all():
        lost = ", ".join(str(i) for i in np.flatnonzero(~alive))
        verdict = DIVERGED
        reasons = [f"chain {lost} diverged and is left out of the value: lower ε", *reasons]
    reasons += chains.remarks()
    return Summary(
        chains.llc,
        chains.budget.total,
        chain_llc,
        chains.rhat,
        chains.ess,
        accepted,
        verdict,
        "; ".join(reasons),
        chains.virial,
        chains.regime,
        chains.budget,
        chains.step,
        chains.growth,
    )


class Chains:
    """What the chains that did not diverge say. scaled, pull: (chain, draw)."""

    def __init__(self, scaled, pull, gauges: Gauges | None, weights: int, shared: bool, corrected: bool):
        self.scaled, self.pull, self.gauges, self.weights = scaled, pull, gauges, weights
        self.corrected = corrected
        self.llc = float(scaled.mean())
        self.rhat, self.ess = disagreement(scaled), effective(scaled)
        monte_carlo = error_of_mean(scaled, self.ess)
        self.ess = min(self.ess, scaled.var() / monte_carlo**2) if monte_carlo > 0 else self.ess
        if shared:
            monte_carlo = float(np.hypot(monte_carlo, common_error(scaled)))
        self.heat, self.step, self.unsettled = 0.0, Bias(0.0, 0.0), Bias(0.0, 0.0)
        self.regime, self.virial = Regime(np.nan, np.nan), np.nan
        self.growth = Growth(np.nan, np.nan) if gauges is None else growth_of(scaled, gauges)
        self._mixing()
        self.budget = Budget(monte_carlo) if gauges is None else self._budget(monte_carlo)

    def _mixing(self) -> None:
        """R̂ and ESS of what moves slowly too: block means, and the distance from w* where λ̂ depends on it."""
        slow = [blocks_of(self.scaled)]
        if self.gauges is not None and np.ptp(self.pull) > 0:
            share = budget.pull_share(self.scaled, self.pull)
            if share * error_of_mean(self.pull) > MAX_BIAS * abs(self.llc):
                slow.append(self.pull)
        for series in slow:
            if series is not None:
                self.rhat = float(np.fmax(self.rhat, disagreement(series)))
                self.ess = min(self.ess, effective(series))

    def _budget(self, monte_carlo: float) -> Budget:
        gauges, llc = self.gauges, self.llc
        self.virial = float(1 + gauges.balance.mean() / max(self.weights, 1))
        self.heat = budget.heat(gauges)
        if not self.corrected:
            self.step = budget.step_bias(llc, gauges, self.weights)
        self.unsettled = budget.unsettled(llc, self.pull, gauges)
        self.regime = budget.regime_of(self.scaled, self.pull, gauges)
        learning = self.regime.word == LEARNING
        return Budget(
            float(np.hypot(monte_carlo, self.unsettled.size)),
            self.step.size,
            self.heat,
            budget.gamma_share(llc, self.regime, self.scaled, self.pull).size if learning else 0.0,
        )

    def remarks(self) -> list[str]:
        """What kind of number it is, where it is no learning coefficient."""
        if self.gauges is None:
            dominated = self.weights and self.pull.mean() / self.weights > DOMINATED
            return ["most directions feel γ more than the loss: λ̂ depends on nβ/γ"] if dominated else []
        if self.regime.word == CURVATURE:
            trace = 2 * self.gauges.settings.gamma * self.llc / self.gauges.settings.nbeta
            return [
                f"a curvature, not a learning coefficient: λ̂ grows as (nβ)^{self.regime.value:.2f}, and is "
                f"nβ tr H / 2γ with tr H = {trace:.3g}"
            ]
        if self.regime.word == BETWEEN:
            return [
                f"between a learning coefficient and a curvature: λ̂ grows as (nβ)^{self.regime.value:.2f} "
                "and depends on nβ/γ"
            ]
        if self.regime.word == "" and not np.isnan(self.regime.value):
            return [
                f"a learning coefficient or a curvature, left open: λ̂ grows as (nβ)^{self.regime.value:.1f} "
                f"± {self.regime.std_err:.1f}"
            ]
        return []


def judge(chains: Chains, acceptance: float, noise: float) -> tuple[str, list[str]]:
    """Verdict, and the reasons for it: (str, list of str).

    acceptance: NaN where it is no sign of bias. noise: two standard errors of it. With many weights it is
    0 or 1 at each check, and ½ on the whole where a chain is stationary, so that chance must not decide.
    """
    if np.abs(chains.scaled).max() < FELT:
        still = (
            "nβ L does not change: chains do not move (ε or the box is too small for the weights' precision)"
        )
        return NOT_CONVERGED, [f"{still}, or the loss does not depend on the weights"]
    escaped = below_start(chains.scaled)
    if chains.llc + 2 * chains.budget.monte_carlo < 0 or escaped.any():
        where = ", ".join(str(i) for i in np.flatnonzero(escaped)) or "all"
        return NOT_A_MINIMUM, [f"loss falls below L(w*) in chain {where}: w* is no minimum here"]
    reasons = []
    if acceptance + noise < MIN_ACCEPTANCE:  # False where the test says nothing of the step (NaN)
        reasons.append(f"acceptance {acceptance:.2f} < {MIN_ACCEPTANCE}: ε is too large")
    if chains.growth.is_level:
        reasons.append(
            f"chains have left the valley of w* for a plateau (the loss grows there as the distance to the "
            f"{chains.growth.value:.1f}, which is below 1): a larger γ"
        )
    reasons += biases(chains)
    if chains.rhat > MAX_RHAT:
        reasons.append(f"R̂ {chains.rhat:.2f} > {MAX_RHAT}: chains disagree, take more draws")
    if chains.ess < MIN_ESS:
        reasons.append(f"only {chains.ess:.0f} effective draws, {MIN_ESS} wanted: take more draws")
    elif chains.budget.monte_carlo > MAX_ERROR * abs(chains.llc):
        share = chains.budget.monte_carlo / abs(chains.llc) if chains.llc else np.inf
        reasons.append(f"error of {share:.0%} of λ̂, {MAX_ERROR:.0%} wanted: take more draws")
    drift = drift_of(chains.scaled)
    if abs(drift) > DRIFT_SHARE:
        reasons.append(f"trace still moves by {drift:+.0%} from first to last third: more burn-in")
    return (NOT_CONVERGED if reasons else RELIABLE), reasons


def biases(chains: Chains) -> list[str]:
    """Those of the budget's parts that are too large."""
    reasons, most = [], MAX_BIAS * abs(chains.llc)
    if chains.step.is_plain and abs(chains.step.value) > most:
        percent = chains.step.value / abs(chains.llc)
        bound = "up to " if percent > budget.HOT and chains.gauges.trace is not None else ""
        reasons.append(f"the step moves λ̂ by {bound}{percent:+.0%} (virial {chains.virial:.2f}): lower ε")
    if chains.heat > most:
        percent = chains.heat / abs(chains.llc)
        reasons.append(f"minibatches heat λ̂ by {percent:+.0%}: a larger batch size, or lower ε")
    if chains.unsettled.is_plain and -chains.unsettled.value > most:
        reasons.append(
            f"chains have not spread as far as they will (virial {chains.virial:.2f} < 1): more burn-in, a "
            "larger ε or γ"
        )
    return reasons


def below_start(draws: np.ndarray) -> np.ndarray:
    """Chains (chain,) with a block of draws below the loss at w* by more than a nat and its noise."""
    length = max(1, draws.shape[1] // BLOCKS)
    count = draws.shape[1] // length
    blocks = draws[:, : count * length].reshape(len(draws), count, length)
    noise = blocks.std(-1) / np.sqrt(length)
    return (blocks.mean(-1) < -ESCAPE - 4 * noise).any(-1)
