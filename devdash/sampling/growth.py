"""How the loss grows where the chains are, which tells whether they are still in the valley of w*."""

from dataclasses import dataclass

import numpy as np

from devdash.sampling.budget import Gauges
from devdash.sampling.series import error_of_mean

LEVEL = 1.0  # the power of the distance below which the loss levels off


@dataclass(frozen=True)
class Growth:
    """value: the power p of the distance from w* with which L − L* grows there, with its standard error.

    p = E[(w − w*) · ∇L] / E[L − L*] (Euler's theorem on homogeneous functions): 2 where L is quadratic, 4
    where it is quartic. NaN in a box, and where λ̂ is not above zero.
    """

    value: float
    std_err: float

    @property
    def is_level(self) -> bool:
        """Whether the loss levels off: chains are on a plateau beside w*, whose height λ̂ then measures."""
        return self.value + 2 * self.std_err < LEVEL


def growth_of(scaled: np.ndarray, gauges: Gauges) -> Growth:
    """From nβ(L(w) − L(w*)) of each draw, (chain, draw), and the virial.

    >>> import torch
    >>> from devdash.sampling import Langevin, estimate_llc
    >>> def loss(params, _):
    ...     return (params["w"] ** 4).sum()
    >>> sampler = Langevin(1e-3, 100.0, 0.1)
    >>> estimate = estimate_llc(loss, {"w": torch.zeros(5)}, None, sampler=sampler, draws=500)
    >>> round(estimate.growth.value), estimate.growth.is_level
    (4, False)
    """
    llc = scaled.mean()
    if gauges.settings.box is not None or not llc > 0:
        return Growth(np.nan, np.nan)
    power = gauges.virial.mean() / llc
    return Growth(float(power), error_of_mean(gauges.virial - power * scaled) / float(llc))
