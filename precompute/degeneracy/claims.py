"""Claims D-1 … D-6 from the run's stored tables."""

import pandas as pd

from devdash.measures.degeneracy import claims as degeneracy_claims
from devdash.measures.degeneracy import digits_claims
from devdash.pipeline.experiment import Workspace


def claims(workspace: Workspace) -> pd.DataFrame:
    """Rows of the table claim."""
    read = workspace.read
    of_degeneracy = degeneracy_claims.table(
        read("truth"), read("rescaling"), read("llc"), workspace.seed_of("bootstrap")
    )
    rows = pd.concat([digits_claims.table(read("digits_step")), of_degeneracy], ignore_index=True)
    return rows.sort_values("claim", kind="stable", ignore_index=True)
