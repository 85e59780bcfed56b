"""Claims L-1 … L-5 from the run's stored tables."""

import pandas as pd

from devdash.measures.logic import board_claims
from devdash.measures.logic import claims as logic_claims
from devdash.pipeline.experiment import Workspace


def claims(workspace: Workspace) -> pd.DataFrame:
    """Rows of the table claim."""
    rows = [*logic_claims.rows(workspace.read("metric")), *board_claims.rows(workspace.read)]
    return pd.DataFrame(rows).sort_values("claim", kind="stable")
