"""Where bigrams are learned and n-grams begin, for a run on attention heads."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.snapshot import Snapshot
from devdash.stored_names import BIGRAM


@rows_of("metric")
def bigram_minimum(db: Snapshot, run: str) -> pd.DataFrame:
    """Step of the smallest bigram score of the model whose heads were measured, in one row or none.

    It is the start of claims on what comes after the bigrams (devdash/measures/default_stages.py). Runs that
    did not copy the score take it from the run that they measured.
    """
    return db.rows(
        f"""
        WITH measured AS (
            SELECT run, json_extract_string(provenance, '$.measured_run') AS source FROM run WHERE run = ?
        ), score AS (
            SELECT m.run = d.run AS copied, m.step, m.value
            FROM metric m JOIN measured d ON m.run IN (d.run, d.source)
            WHERE m.name = '{BIGRAM}' AND m.component = '' AND m.distribution = ''
              AND m.model IN (SELECT model FROM llc WHERE run = d.run)
        )
        SELECT arg_min(step, value) AS step FROM score
        GROUP BY copied QUALIFY row_number() OVER (ORDER BY copied DESC) = 1
        """,
        [run],
    )
