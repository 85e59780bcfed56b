"""Claims R-1 … R-7 from the run's stored tables."""

import pandas as pd

from devdash.measures.regression import claims as regression_claims
from devdash.pipeline.experiment import Workspace


def claims(workspace: Workspace) -> pd.DataFrame:
    """Rows of the table claim."""
    tables = {name: workspace.read(name) for name in ("metric", "llc", "llc_sweep")}
    return regression_claims.table(**tables, seed=workspace.seed_of("claims"))
