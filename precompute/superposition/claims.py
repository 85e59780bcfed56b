"""Claims C-1 … C-8 from the run's stored tables."""

import pandas as pd

from devdash.measures.superposition import claims as superposition_claims
from devdash.pipeline.experiment import Workspace


def claims(workspace: Workspace) -> pd.DataFrame:
    """Rows of the table claim."""
    read = workspace.read
    return superposition_claims.table(
        checks=read("metric"),
        points=read("kgon_point"),
        columns=read("kgon_column"),
        steps=read("sgd_step"),
        transitions=read("transition"),
        occupancy=read("occupancy"),
        crossings=read("crossing"),
    )
