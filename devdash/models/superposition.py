"""Toy model of superposition: f(x; W, b) = ReLU(Wᵀ W x + b), W ∈ R^(r×c), b ∈ R^c.

Data: x = μ e_j, the active feature j uniform on the c features, μ uniform on [0, 1].
Loss: L(w) = E‖x − f(x)‖², exact in closed form for the population and for any finite sample.
Source: Chen, Lau, Mendel, Wei, Murfet 2023 (arXiv 2310.06301), section 3 and appendix A.

How both losses are computed: output i on input μ e_j is ReLU(a μ + b_i) with a = W_i·W_j. It is
active on one side of the threshold μ = −b_i/a, and there it errs by (p μ − b_i) with p = δ_ij − a.
So the loss needs only the moments S_0, S_1, S_2 (mean of 1, μ, μ²) of the active part: integrals
for the population, cumulative sums for a sample.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from devdash.models.kgons import kgon, name_kgon
from devdash.models.superposition_loss import gram, loss_of_moments, population_loss, thresholds

__all__ = ["Sample", "kgon", "name_kgon", "per_example_loss", "population_loss"]


def per_example_loss(W: Tensor, b: Tensor, x: Tensor) -> Tensor:
    """‖x − f(x)‖² of each example. x: (examples, features). Returns (examples,)."""
    output = torch.relu(x @ W.transpose(-1, -2) @ W + b)
    return (x - output).square().sum(-1)


@dataclass(frozen=True)
class Sample:
    """n inputs μ e_j, stored so that the loss of any weights costs O(c² log n).

    sorted_mu: (features, most examples of a feature), padded with ∞; sums: three tensors
    (features, 1 + most examples), the cumulative sums of 1, μ, μ² divided by n.
    """

    sorted_mu: Tensor
    sums: tuple[Tensor, Tensor, Tensor]
    n: int

    @staticmethod
    def of(feature: Tensor, mu: Tensor, features: int) -> "Sample":
        """From the active feature (n,) and its value μ (n,) of each example."""
        per_feature = [mu[feature == j].sort().values for j in range(features)]
        longest = max(len(values) for values in per_feature)
        padded = mu.new_full((features, longest), torch.inf)
        powers = mu.new_zeros((3, features, longest + 1))
        for j, values in enumerate(per_feature):
            padded[j, : len(values)] = values
            for power in range(3):
                powers[power, j, 1 : len(values) + 1] = (values**power).cumsum(0)
                powers[power, j, len(values) + 1 :] = powers[power, j, len(values)]
        return Sample(padded, tuple(powers / len(mu)), len(mu))

    def moments(self, a: Tensor, b: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
        """Active moments S_0, S_1, S_2 (..., i, j) and each input's second moment (features,)."""
        cut = thresholds(a.detach(), b.detach())
        by_input = cut.movedim(-1, 0).reshape(len(self.sorted_mu), -1)
        below = torch.searchsorted(self.sorted_mu, by_input.contiguous(), right=True)
        upward = (a.detach() >= 0).movedim(-1, 0).reshape(below.shape)
        moments_by_power = []
        for sums in self.sums:
            left = sums.gather(1, below)
            active = torch.where(upward, sums[:, -1:] - left, left)
            moments_by_power.append(active.reshape(cut.movedim(-1, 0).shape).movedim(0, -1))
        return tuple(moments_by_power), self.sums[2][:, -1]

    def loss(self, W: Tensor, b: Tensor) -> Tensor:
        """Exact L_n. W: (..., hidden, features), b: (..., features); returns (...).

        The gradient is exact: the error is continuous at a threshold, so moving it adds nothing.
        """
        a = gram(W, b)
        return loss_of_moments(a, b, *self.moments(a, b))

    def loss_and_gradient(self, W: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """L_n and its gradient by W and b, written out: several times faster than autograd."""
        a = gram(W, b)
        (s0, s1, s2), second = self.moments(a, b)
        bias = b.unsqueeze(-1)
        p = torch.eye(b.shape[-1], dtype=b.dtype, device=b.device) - a
        by_bias = 2 * (bias * s0 - p * s1)
        by_a = 2 * (bias * s1 - p * s2)
        loss = loss_of_moments(a, b, (s0, s1, s2), second)
        return loss, W @ (by_a + by_a.transpose(-1, -2)), by_bias.sum(-1)
