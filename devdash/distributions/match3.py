"""Match3: an entity is positive where two others complete a sum of three that is 0 modulo 8.

Source: Sanford, Hsu, Telgarsky 2023, "Representational Strengths and Limitations of Transformers" (arXiv
2306.02896), section 4: three-wise matching, which a layer of pairwise attention cannot express well.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Match3:
    """Sets of `entities` numbers, each uniform in 0 … modulus − 1."""

    entities: int = 6
    modulus: int = 8

    def __post_init__(self):
        if self.entities < 3:
            raise ValueError(f"Match3: {self.entities} entities given, expected 3 or more")

    def draw(self, count: int, seed: int) -> tuple[Tensor, Tensor]:
        """Numbers and labels, both (set, entity)."""
        generator = torch.Generator().manual_seed(seed)
        numbers = torch.randint(self.modulus, (count, self.entities), generator=generator)
        return numbers, self.labels(numbers)

    def labels(self, numbers: Tensor) -> Tensor:
        """True where two more entities, all three distinct, complete the sum. numbers: (set, entity)."""
        others = numbers[:, :, None] + numbers[:, None, :]
        sums = (numbers[:, :, None, None] + others[:, None]) % self.modulus
        place = torch.arange(self.entities)
        i, j, k = place[:, None, None], place[:, None], place
        distinct = (i != j) & (i != k) & (j != k)
        return ((sums == 0) & distinct).flatten(2).any(-1)
