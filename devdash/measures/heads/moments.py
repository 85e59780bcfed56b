"""Susceptibilities of tokens from moments of two posteriors: a component's, and the whole model's.

Source: Baker et al. 2025 (arXiv 2504.18274), appendix C.4. With φ = L(w) − L(w*) where only the component C
moves,

    χ_i = E_C[φ L] − E_C[φ ℓ_i] − E_C[φ] (E_full[L] − E_full[ℓ_i]),

which is 1/nβ times the derivative of ⟨φ⟩ as the loss of item i weighs more, over the posterior of all
weights: that too moves to where item i is better, and C's part of it is what lies at w* of all others. All
losses are differences from w*.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Moments:
    """Of some chains' draws. excess: E[φ]; away: E[L − ℓ_i], (item,); joint: E[φ (L − ℓ_i)], (item,).

    >>> moments = Moments.of(np.random.default_rng(0).normal(size=(2, 50, 3)))  # (chain, draw, item)
    >>> moments.away.shape, bool(abs(moments.away.sum()) < 1e-9)  # L is the mean over the items
    ((3,), True)
    """

    excess: float
    away: np.ndarray
    joint: np.ndarray

    @classmethod
    def of(cls, observed: np.ndarray) -> "Moments":
        """observed: ℓ_i(w) − ℓ_i(w*), (chain, draw, item). Chains that are not finite are left out.

        Raises ValueError where none is left.
        """
        observed = np.asarray(observed, float)
        sound = observed[np.isfinite(observed).all((1, 2))]
        if not sound.size:
            raise ValueError(
                f"susceptibilities: none of {len(observed)} chains is finite; sample with a smaller ε"
            )
        losses = sound.reshape(-1, sound.shape[-1])
        mean = losses.mean(1)
        away = mean[:, None] - losses
        return cls(float(mean.mean()), away.mean(0), mean @ away / len(mean))


def susceptibilities(component: Moments, full: Moments) -> np.ndarray:
    """χ (item,), in nats². component, full: moments of losses of the same items.

    >>> draws = np.random.default_rng(0).normal(size=(2, 50, 3))
    >>> moments = Moments.of(draws)
    >>> susceptibilities(moments, moments).shape  # where the component is the whole model: −Cov(L, ℓ_i − L)
    (3,)
    """
    if component.joint.shape != full.away.shape:
        raise ValueError(
            f"susceptibilities: moments of {component.joint.shape} and {full.away.shape} items given, "
            "expected the same items"
        )
    return component.joint - component.excess * full.away


def agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Correlation of two tables (item, head) of susceptibilities, each head's mean and scale taken out.

    Of tables from two halves of the chains it is the share of what one half shows that is no noise.

    >>> table = np.array([[1.0, 5.0], [2.0, 1.0], [3.0, 3.0]])
    >>> round(agreement(table, 10 * table + 3), 2)
    1.0
    """
    parts = [table - table.mean(0) for table in (first, second)]
    scales = [np.linalg.norm(part, axis=0) for part in parts]
    varies = (scales[0] > 0) & (scales[1] > 0)
    if not varies.any():
        return float("nan")
    products = (parts[0] * parts[1]).sum(0)[varies] / (scales[0] * scales[1])[varies]
    return float(products.mean())
