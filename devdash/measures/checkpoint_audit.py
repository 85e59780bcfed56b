"""Whether checkpoints are what they say: copies of another step, gaps, strangers, weights not finite.

Public suites hold branches that are copies of others; λ̂ of them would draw plateaus that are none.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Set

import numpy as np
import pandas as pd
import torch
from torch import Tensor

COPY, MISSING, OUTLIER, NOT_FINITE = "copy", "gap before", "outlier", "not finite"
UNMEASURED = (COPY, NOT_FINITE)  # λ̂ of these is not estimated
FAR = 3.0  # times as far from both neighbours as these are from each other
OFTEN = 3  # gaps of one length, for a regular spacing
CHUNK = 2**22

State = Mapping[str, Tensor]


def digest(state: State) -> str:
    """16 hex digits of names, kinds, shapes and values, whatever the order of names.

    >>> state = {"w": torch.zeros(2, 3), "b": torch.zeros(3)}
    >>> digest(state) == digest(dict(reversed(state.items()))), len(digest(state))
    (True, 16)
    """
    whole = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().contiguous().cpu()
        whole.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        whole.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return whole.hexdigest()[:16]


def is_finite(state: State) -> bool:
    """Whether no floating point weight is NaN or infinite.

    >>> is_finite({"w": torch.ones(3)}), is_finite({"w": torch.tensor([1.0, torch.nan])})
    (True, False)
    """
    floating = (tensor for tensor in state.values() if tensor.is_floating_point() and tensor.numel())
    return all(bool(end.isfinite()) for tensor in floating for end in tensor.aminmax())


def distance(one: State, other: State | None = None) -> float:
    """‖w − w′‖ over the floating point weights that both have; ‖w‖ where there is no other.

    >>> one, other = {"w": torch.tensor([3.0, 4.0])}, {"w": torch.zeros(2), "step": torch.tensor(7)}
    >>> distance(one), distance(one, other)
    (5.0, 5.0)
    """
    total = 0.0
    for name, tensor in one.items():
        if tensor.is_floating_point() and (other is None or name in other):
            apart = tensor.float() if other is None else tensor.float() - other[name].float()
            total += sum(float(part.double().square().sum()) for part in apart.reshape(-1).split(CHUNK))
    return float(np.sqrt(total))


def flags(audit: pd.DataFrame, read: Callable[[int], State]) -> pd.DataFrame:
    """Columns step, flag, message: what is odd of which checkpoint.

    audit: rows of the table checkpoint_audit of one model, in order of step. read: step → its weights, for
    telling which of several equal checkpoints is the true one.

    >>> states = {step: {"w": torch.tensor([value])} for step, value in enumerate([0.0, 1.0, 2.0, 1.0])}
    >>> audit = pd.DataFrame({"step": list(states), "hash": [digest(state) for state in states.values()]})
    >>> audit = audit.assign(finite=True, distance=[0.0, 1, 1, 1], distance_two=[0.0, 0, 2, 0])
    >>> flags(audit, states.get)[["step", "flag"]]  # steps 1 and 3 are equal
       step  flag
    0     1  copy
    """
    copies = list(_copies(audit, read))
    odd = [*copies, *_not_finite(audit), *_gaps(audit["step"].to_numpy())]
    odd += _outliers(audit, {step for step, *_ in copies})
    flagged = pd.DataFrame(odd, columns=["step", "flag", "message"])
    return flagged.sort_values(["step", "flag"], ignore_index=True)


def _not_finite(audit: pd.DataFrame) -> Iterator[tuple[int, str, str]]:
    for step in audit.loc[~audit["finite"].astype(bool), "step"]:
        yield (
            int(step),
            NOT_FINITE,
            "it has NaN or infinite weights: the file is damaged or training diverged",
        )


def _copies(audit: pd.DataFrame, read) -> Iterator[tuple[int, str, str]]:
    """All but the true one of checkpoints with equal weights."""
    for _, equal in audit.groupby("hash"):
        steps = equal["step"].tolist()
        if len(steps) > 1:
            true = _true_step(steps, audit, read)
            for step in steps:
                if step != true:
                    yield step, COPY, f"its weights are those of step {true:,}: nothing is measured of it"


def _true_step(steps: list[int], audit: pd.DataFrame, read) -> int:
    """Of equal checkpoints the one whose weights lie nearest to those around it; the last, in doubt."""
    others = audit.loc[~audit["step"].isin(steps), "step"].to_numpy()
    if not len(others):
        return steps[-1]
    weights, away = read(steps[0]), {}
    near = {step: [*others[others < step][-1:], *others[others > step][:1]] for step in steps}
    for other in {one for around in near.values() for one in around}:
        away[other] = distance(weights, read(int(other)))
    return min(reversed(steps), key=lambda step: np.mean([away[other] for other in near[step]]))


def _gaps(steps: np.ndarray) -> Iterator[tuple[int, str, str]]:
    """Where steps are left out of a regular spacing, which goes on behind them."""
    gaps = np.diff(steps)
    lengths, counts = np.unique(gaps, return_counts=True)
    for place in range(1, len(gaps) - 1):
        length = gaps[place - 1]
        regular = length == gaps[place + 1] and counts[lengths == length][0] >= OFTEN
        if regular and gaps[place] > length and gaps[place] % length == 0:
            missing, at = gaps[place] // length - 1, int(steps[place + 1])
            yield at, MISSING, f"{missing} of the steps every {length:,} are missing before it"


def _outliers(audit: pd.DataFrame, copies: Set[int]) -> Iterator[tuple[int, str, str]]:
    """Checkpoints far from both neighbours, which are near each other and no copies."""
    before, after = audit["distance"], audit["distance"].shift(-1)
    around = audit["distance_two"].shift(-1)
    copied = audit["step"].isin(copies)
    beside = copied | copied.shift(1, fill_value=False) | copied.shift(-1, fill_value=False)
    for step in audit.loc[(np.minimum(before, after) > FAR * around) & ~beside, "step"]:
        yield int(step), OUTLIER, "its weights are far from both neighbours, which are near each other"
