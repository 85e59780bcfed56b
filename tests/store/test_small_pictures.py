"""The small pictures of λ̂ on Home: of whole models on all data, or of what a run has instead."""

import pandas as pd
import pytest

from devdash.store.queries.overview import trends
from devdash.store.snapshot import Snapshot, publish
from tests.store import tiny_run

WHOLE, HEAD = "full", "head 0.1"


def estimate(step: int, component: str, distribution: str, llc: float) -> dict:
    values = {"step": step, "llc": llc, "component": component, "distribution": distribution}
    return tiny_run.LLC.iloc[0].to_dict() | values


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, WHOLE, "all", 1.0), (9, WHOLE, "all", 3.0), (9, WHOLE, "code", 9.0)], [1.0, 3.0]),
        ([(0, WHOLE, "all", 1.0), (9, WHOLE, "all", 3.0), (9, HEAD, "all", 9.0)], [1.0, 3.0]),
        ([(0, HEAD, "all", 1.0), (9, HEAD, "all", 3.0), (9, "head 0.2", "all", 5.0)], [1.0, 4.0]),
        ([(0, WHOLE, "one", 1.0), (0, WHOLE, "two", 3.0), (9, WHOLE, "one", 5.0)], [2.0, 5.0]),
    ],
    ids=["kinds of text beside", "heads beside", "heads alone", "many models"],
)
def test_llc_is_that_of_the_whole_model_on_all_data_where_the_run_has_it(tmp_path, rows, expected):
    tiny_run.write(tmp_path, llc=pd.DataFrame([estimate(*row) for row in rows]))
    (trend,) = trends(Snapshot(publish(tmp_path))).query("kind == 'llc'")["trend"]
    assert list(trend) == expected
