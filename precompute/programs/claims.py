"""Claims P-1 … P-7 from the run's stored tables."""

import pandas as pd

from devdash.measures.programs import claims as program_claims
from devdash.pipeline.experiment import Workspace


def claims(workspace: Workspace) -> pd.DataFrame:
    """Rows of the table claim."""
    tables = ("metric", "program_order", "program_llc", "program_reported")
    return program_claims.table(*map(workspace.read, tables))
