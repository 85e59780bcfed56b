"""All rounds of measuring a model of others."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from devdash.measuring import ablation, audit, calibration, head_kinds, language, llc, outputs, susceptibility
from devdash.measuring.identity import short
from devdash.measuring.work import Work
from devdash.pipeline.development import stage_tables
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.verdicts import DIVERGED, NOT_A_MINIMUM

ANALYSED = "analyse"


def rounds(work: Work, steps: Sequence[int]) -> list[Round]:
    """Audit, outputs, ablations, calibration and λ̂ at each checkpoint, and what follows from all of them.

    Jobs on all checkpoints have the hash of their list in their key, so that they are done again when one
    is added.
    """
    digest, probe = short(*steps), work.settings.probe
    looked = outputs.jobs(work, steps) if probe else []
    looked += language.jobs(work, steps) if work.settings.texts else []
    ablated = ablation.jobs(work, steps) if work.settings.texts else []
    analyses = [Job(f"{ANALYSED} stages {digest}", partial(stages, work.workspace), 20)]
    if probe:
        run = partial(outputs.path, tuple(steps), work.workspace)
        analyses.append(Job(f"{ANALYSED} trajectory {digest}", run, 2))
    if work.settings.texts:
        analyses.append(Job(f"{ANALYSED} heads {digest}", partial(head_kinds.heads, work.workspace), 1))
        analyses += susceptibility.jobs(work, steps, digest)
    return [
        *audit.rounds(work.source, steps, work.workspace, digest),
        *([Round("outputs", looked)] if looked else []),
        *([Round("ablate", ablated)] if ablated else []),
        *calibration.rounds(work, steps),
        Round("LLC", llc.jobs(work, steps)),
        Round("analyse", analyses),
    ]


def stages(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of stage and llc_smooth, by λ̂ at checkpoints that are minima and are what they say."""
    return stage_tables(workspace, (NOT_A_MINIMUM, DIVERGED), audit.outliers(workspace))


def stale(key: str, keys: set[str]) -> bool:
    """Whether a job that was done was of another list of checkpoints."""
    return key.startswith((ANALYSED, "audit of all")) and key not in keys
