"""One choice of ε, nβ and γ for all checkpoints of a training, from the choices at several of them.

λ̂ at different checkpoints can be compared only at equal settings, and what suits the last checkpoint may
throw the chains of an early one out of its basin, or those of a sharper one apart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from devdash.sampling import Calibration
from devdash.sampling.transform import Settings
from devdash.verdicts import DIVERGED

TRIES = 6


@dataclass(frozen=True)
class Agreement:
    """sampler: the common settings. sure: whether they hold wherever a choice was sure. reason: in words.
    rows: of the trials at each checkpoint with these settings, step → row as in `Calibration.grid`.

    >>> from devdash.sampling import SGLD
    >>> rows = {0: {"verdict": "reliable"}, 900: {"verdict": "not converged"}}
    >>> common = Agreement(SGLD(1e-4, 30.0), sure=False, reason="…", rows=rows)
    >>> [step for step, row in common.rows.items() if row["verdict"] != "reliable"]
    [900]
    """

    sampler: Settings
    sure: bool
    reason: str
    rows: Mapping[int, dict]


def agree(choices: Mapping[int, Calibration], trial) -> Agreement:
    """The largest ε that suits all checkpoints, at the smallest nβ and the γ of the steepest one.

    choices: step → `calibrate` at that checkpoint. trial: (step, sampler) → a row as in `Calibration.grid`:
    a short run with these settings. γ is taken in the proportion to ε that each choice has, so that flat
    directions settle as soon. Where the common settings fail at a checkpoint whose own choice was sure, or
    any chain diverges, ε is halved and γ doubled.

    >>> from devdash.sampling import SGLD
    >>> choices = {
    ...     100: Calibration(SGLD(1e-3, 30.0, 10.0), sure=True, reason="", grid=None),
    ...     900: Calibration(SGLD(4e-4, 30.0, 25.0), sure=True, reason="", grid=None),
    ... }
    >>> def trial(step, sampler):  # at step 900 a smaller ε is needed than was chosen there
    ...     return {"verdict": "reliable", "sound": step < 900 or sampler.epsilon < 3e-4}
    >>> common = agree(choices, trial)
    >>> common.sampler, common.sure
    (SGLD(epsilon=0.0002, nbeta=30.0, gamma=50.0, box=None), True)
    """
    sure = {step: choice for step, choice in choices.items() if choice.sure} or dict(choices)
    nbeta = min(choice.sampler.nbeta for choice in sure.values())
    epsilon = min(one.sampler.epsilon * one.sampler.nbeta / nbeta for one in sure.values())
    settling = max(choice.sampler.epsilon * choice.sampler.gamma for choice in sure.values())
    sampler = replace(next(iter(sure.values())).sampler, nbeta=nbeta)
    for halvings in range(TRIES):
        size = epsilon / 2**halvings
        sampler = replace(sampler, epsilon=size, gamma=settling / size)
        rows = {step: trial(step, sampler) for step in choices}
        failing = [step for step, row in rows.items() if _fails(row, step in sure)]
        if not failing:
            break
    certain = not failing and any(choice.sure for choice in choices.values())
    return Agreement(sampler, certain, _words(choices, sampler, halvings, failing), rows)


def _fails(row: Mapping, was_sure: bool) -> bool:
    return row["verdict"] == DIVERGED or (was_sure and not row["sound"])


def _words(choices: Mapping[int, Calibration], sampler: Settings, halvings: int, failing: list[int]) -> str:
    unsure = [step for step, choice in choices.items() if not choice.sure]
    text = (
        f"ε = {sampler.epsilon:.2g}, nβ = {sampler.nbeta:.4g}, γ = {sampler.gamma:.3g} for all checkpoints: "
        f"the smallest ε and nβ that one of steps {_listed(choices)} asks for"
    )
    if halvings:
        text += f", with ε halved {halvings} times until they held at each of them"
    if unsure:
        text += f"; no choice was sure at {_listed(unsure)} (no minimum yet?)"
    if failing:
        text += f"; they do not hold at {_listed(failing)}: look at the verdicts"
    return text


def _listed(steps: Iterable[int]) -> str:
    return ", ".join(f"{step:,}" for step in steps)
