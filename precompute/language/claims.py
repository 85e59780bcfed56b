"""Claims B-1 … B-10 from the run's stored tables."""

import pandas as pd

from devdash.measures.language import claims as language_claims
from devdash.pipeline.experiment import Workspace

TABLES = ("metric", "llc", "stage", "trajectory", "trajectory_axis", "trajectory_mark", "checkpoint")


def claims(workspace: Workspace) -> pd.DataFrame:
    """Rows of the table claim."""
    return language_claims.table(**{name: workspace.read(name) for name in TABLES})
