"""Is the number to be trusted? R̂, effective sample size, standard error, and a verdict in words.

R̂ and ESS: Vehtari et al. 2021, as implemented by ArviZ. Verdicts: `reliable`, `not converged`,
`not a minimum`, `diverged`; only the first is drawn as a plain point.
"""

from dataclasses import dataclass

import numpy as np
from arviz_stats.base import array_stats

MAX_RHAT = 1.1
MIN_ESS = 20
MIN_ACCEPTANCE = 0.5
DRIFT_Z, DRIFT_SHARE = 4.0, 0.1
BLOCKS = 10
ERROR_BLOCKS = 40
DOMINATED = 0.5
ESCAPE = 1.0  # nats: a posterior cannot tell points apart whose nβL differs by less


@dataclass(frozen=True)
class Summary:
    """llc, std_err in units of λ; chain_llc (chain,), NaN where diverged; the rest as in ArviZ."""

    llc: float
    std_err: float
    chain_llc: np.ndarray
    rhat: float
    ess: float
    acceptance: float
    verdict: str
    message: str


def summarise(
    scaled, acceptance, pull, weights: int, shared: bool = False, corrected: bool = False
) -> Summary:
    """From nβ(L(w) − L(w*)) of each draw, (chain, draw), acceptance (chain, check), and pull (chain,).

    shared: the chains saw the same minibatches, whose noise more chains do not average away.
    corrected: a low acceptance is no sign of bias.
    """
    scaled = np.asarray(scaled, dtype=float)
    alive = np.isfinite(scaled).all(1) & np.isfinite(np.asarray(pull))
    chain_llc = np.where(alive, np.where(alive[:, None], scaled, 0).mean(1), np.nan)
    if not alive.any():
        text = "every chain diverged: lower ε"
        return Summary(*[np.nan] * 2, chain_llc, np.nan, np.nan, np.nan, "diverged", text)
    kept = scaled[alive]
    checked = np.asarray(acceptance, dtype=float)[alive]
    accepted = float(checked.mean())
    rhat, ess = disagreement(kept), effective(kept)
    llc, std_err = float(kept.mean()), error_of_mean(kept, ess)
    ess = min(ess, kept.var() / std_err**2) if std_err > 0 else ess
    if shared:
        std_err = float(np.hypot(std_err, common_error(kept)))
    noise = 2 * float(checked.std()) / np.sqrt(checked.size)
    verdict, reasons = judge(kept, std_err, rhat, ess, np.nan if corrected else accepted, noise)
    if not alive.all():
        lost = ", ".join(str(i) for i in np.flatnonzero(~alive))
        verdict = "diverged"
        reasons = [f"chain {lost} diverged and is left out of the value: lower ε", *reasons]
    if weights and float(np.asarray(pull)[alive].mean()) / weights > DOMINATED:
        reasons.append("most directions feel γ more than the loss: λ̂ depends on nβ/γ")
    return Summary(llc, std_err, chain_llc, rhat, ess, accepted, verdict, "; ".join(reasons))


def effective(draws: np.ndarray) -> float:
    """Effective sample size of the mean. draws: (chain, draw), finite."""
    if draws.shape[1] < 4 or np.ptp(draws) == 0:
        return float(draws.size)
    return min(
        max(float(array_stats.ess(draws, chain_axis=0, draw_axis=1, method="mean")), 1.0), float(draws.size)
    )


def disagreement(draws: np.ndarray) -> float:
    """R̂ of the chains, rank-normalised. draws: (chain, draw); NaN where there is one chain."""
    if len(draws) < 2 or draws.shape[1] < 4 or np.ptp(draws) == 0:
        return float("nan")
    return float(array_stats.rhat(draws, chain_axis=0, draw_axis=1))


def error_of_mean(draws: np.ndarray, ess: float) -> float:
    """Standard error of the mean: the largest of three estimates, as each alone can be too small.

    From the draws' ESS; from the ESS of block means, in which the minibatches' noise no longer hides
    slow movement; from the spread between chains.
    """
    chains, length = draws.shape
    found = [draws.std() / np.sqrt(ess)]
    size = length // ERROR_BLOCKS
    if size > 1:
        means = draws[:, : size * ERROR_BLOCKS].reshape(chains, ERROR_BLOCKS, size).mean(-1)
        found.append(means.std() / np.sqrt(effective(means)))
    if chains > 1:
        found.append(draws.mean(1).std(ddof=1) / np.sqrt(chains))
    return float(max(found))


def common_error(draws: np.ndarray) -> float:
    """Standard error of the mean that all chains have in common: their covariance at equal draws."""
    if min(draws.shape) < 2:
        return 0.0
    covariance = np.cov(draws)
    between = covariance[~np.eye(len(draws), dtype=bool)].mean()
    return float(np.sqrt(max(between, 0.0) * (1 - 1 / len(draws)) / draws.shape[1]))


def judge(draws, std_err: float, rhat: float, ess: float, acceptance: float, noise: float):
    """Verdict, and the reasons for it: (str, list of str).

    noise: two standard errors of the acceptance. With many weights it is 0 or 1 at each check, and ½ on
    the whole where a chain is stationary, so that chance must not decide.
    """
    escaped = below_start(draws)
    if draws.mean() + 2 * std_err < 0 or escaped.any():
        where = ", ".join(str(i) for i in np.flatnonzero(escaped)) or "all"
        return "not a minimum", [f"loss falls below L(w*) in chain {where}: w* is no minimum here"]
    reasons = []
    if acceptance + noise < MIN_ACCEPTANCE:  # False where the test says nothing of the step (NaN)
        reasons.append(f"acceptance {acceptance:.2f} < {MIN_ACCEPTANCE}: ε is too large")
    if rhat > MAX_RHAT:
        reasons.append(f"R̂ {rhat:.2f} > {MAX_RHAT}: chains disagree, take more draws")
    if ess < MIN_ESS:
        reasons.append(f"only {ess:.0f} effective draws, {MIN_ESS} wanted: take more draws")
    drift = drift_of(draws)
    if abs(drift) > DRIFT_SHARE:
        reasons.append(f"trace still moves by {drift:+.0%} from first to last third: more burn-in")
    return ("not converged" if reasons else "reliable"), reasons


def below_start(draws: np.ndarray) -> np.ndarray:
    """Chains (chain,) with a block of draws below the loss at w* by more than a nat and its noise."""
    length = max(1, draws.shape[1] // BLOCKS)
    count = draws.shape[1] // length
    blocks = draws[:, : count * length].reshape(len(draws), count, length)
    noise = blocks.std(-1) / np.sqrt(length)
    return (blocks.mean(-1) < -ESCAPE - 4 * noise).any(-1)


def drift_of(draws: np.ndarray) -> float:
    """Change from the first to the last third of all chains, relative; 0 where it is noise."""
    third = draws.shape[1] // 3
    if third < 4:
        return 0.0
    ends = [draws[:, :third], draws[:, -third:]]
    means = [part.mean() for part in ends]
    errors = [part.std() / np.sqrt(effective(part)) for part in ends]
    change, error = means[1] - means[0], np.hypot(*errors)
    scale = abs(draws.mean())
    return float(change / scale) if abs(change) > DRIFT_Z * error and scale > 0 else 0.0
