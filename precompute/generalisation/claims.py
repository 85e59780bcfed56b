"""Claims G-1 … G-6 from the run's stored tables."""

import pandas as pd

from devdash.measures.generalisation import claims as generalisation_claims
from devdash.pipeline.experiment import Workspace


def claims(workspace: Workspace) -> pd.DataFrame:
    """Rows of the table claim."""
    tables = ("tempered_slope", "generalisation_error", "generalisation_fit")
    return generalisation_claims.table(*map(workspace.read, tables))
