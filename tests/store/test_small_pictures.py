"""The small pictures of λ̂ on Home: of whole models on all data, or of what a run has instead."""

import pandas as pd
import pytest

from devdash.store.queries.overview import trends
from devdash.store.snapshot import Snapshot, publish
from tests.store import tiny_run

WHOLE, HEAD, OTHER = "full", "head 0.1", "head 0.2"


def series(component: str, distribution: str, *values: float) -> pd.DataFrame:
    """λ̂ at steps 0, 1 …"""
    rows = tiny_run.LLC.head(len(values))
    return rows.assign(component=component, distribution=distribution, llc=values)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([series(WHOLE, "all", 1, 3), series(WHOLE, "code", 7, 9)], [1, 3]),
        ([series(WHOLE, "all", 1, 3), series(HEAD, "all", 7, 9)], [1, 3]),
        ([series(WHOLE, "a path", 1, 3), series(WHOLE, "a point", 9)], [1, 3]),
        ([series(HEAD, "all", 1, 3), series(OTHER, "all", 3, 5), series(OTHER, "code", 7, 9)], [2, 4]),
        ([series(WHOLE, "one model", 1, 3), series(WHOLE, "another", 3, 7)], [2, 5]),
    ],
    ids=["kinds of text beside", "heads beside", "a point beside", "heads alone", "many models"],
)
def test_llc_is_that_of_the_whole_model_on_all_data_where_the_run_has_it(tmp_path, parts, expected):
    tiny_run.write(tmp_path, llc=pd.concat(parts))
    (trend,) = trends(Snapshot(publish(tmp_path))).query("kind == 'llc'")["trend"]
    assert list(trend) == expected
