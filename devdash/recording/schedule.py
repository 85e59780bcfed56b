"""When checkpoints are saved, without knowing how long the training will be: log-spaced, then evenly too."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """per_decade: log-spaced steps in each decade of steps. every: steps between evenly spaced ones.

    Stages show on a logarithmic axis, and late drift on a linear one (Hoogland et al. 2024, arXiv
    2402.02364, section 3), so both are kept. Step 0, the untrained model, belongs to it.

    >>> [step for step in range(101) if Schedule(per_decade=4, every=25).is_due(step - 1, step)]
    [0, 1, 2, 3, 6, 10, 18, 25, 32, 50, 56, 75, 100]
    """

    per_decade: int = 12
    every: int = 1000

    def __post_init__(self):
        if self.per_decade < 1 or self.every < 1:
            raise ValueError(
                f"init: per_decade = {self.per_decade}, every = {self.every} given, expected 1 or more"
            )

    def is_due(self, before: int, step: int) -> bool:
        """Whether a scheduled step lies after `before` and not after `step`."""
        if step <= before:
            return False
        return (
            before < 0 or step // self.every > before // self.every or self._logs(step) > self._logs(before)
        )

    def _logs(self, step: int) -> int:
        """How many log-spaced steps there are up to this one."""
        if step < 1:
            return 0
        last = math.floor(self.per_decade * math.log10(step)) + 2
        return len({n for n in (round(10 ** (k / self.per_decade)) for k in range(last)) if n <= step})
