"""λ̂ of heads and layers with the data and with another model's outputs as target."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import ESTIMATES, HAS_DIVERGED, IS_RELIABLE, REGIME
from devdash.store.queries.heads.circuit import LAYER
from devdash.store.snapshot import Snapshot
from devdash.verdicts import RELIABLE


@rows_of("llc", layer="layer")
def target_heads(db: Snapshot, run: str) -> pd.DataFrame:
    """λ̂ of each head over steps, with the data and with another model's outputs as target."""
    return db.rows(
        f"""
        SELECT target, component, {LAYER.format("component")} AS layer, step, llc, std_err, verdict, nbeta,
               gamma, {REGIME}
        FROM {ESTIMATES} WHERE run = ? AND component LIKE 'head %' AND distribution IN ('', 'all')
        ORDER BY target = 'data' DESC, target, layer, component, step
        """,
        [run],
    )


@rows_of("llc", layer="layer", llc="mean λ̂ of the heads")
def target_layers(db: Snapshot, run: str) -> pd.DataFrame:
    """The mean of λ̂ over the heads of a layer, with its error; `verdict` is reliable where each is.

    Estimates that diverged are left out.
    """
    return db.rows(
        f"""
        SELECT target, {LAYER.format("component")} AS layer, step, avg(llc) AS llc,
               sqrt(sum(std_err * std_err)) / count(*) AS std_err, count(*) AS heads,
               CASE WHEN bool_and({IS_RELIABLE}) THEN '{RELIABLE}' ELSE 'not all reliable' END AS verdict
        FROM llc WHERE run = ? AND component LIKE 'head %' AND distribution IN ('', 'all')
          AND NOT {HAS_DIVERGED} AND llc IS NOT NULL
        GROUP BY target, layer, step ORDER BY target = 'data' DESC, target, layer, step
        """,
        [run],
    )
