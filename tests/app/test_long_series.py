"""λ̂ at more steps than a screen has points: what is drawn keeps every extreme, and says that it is a part."""

import numpy as np
import pytest

from devdash import gallery
from devdash.figures import llc_curve
from devdash.store import queries
from devdash.store.queries.estimates import BUCKETS
from devdash.store.snapshot import Snapshot, publish
from tests.app.made import llc_rows, write_run
from tests.app.pages import fetch_once

RUN = "long-series-s0"
HIGH, LOW, CHOSEN = 4_321, 77, 8_642  # steps


def series(data, points: int) -> Snapshot:
    """λ̂ = 5 with one peak and one dip."""
    steps = np.arange(points)
    llc = np.full(points, 5.0)
    llc[steps == HIGH], llc[steps == LOW] = 50.0, -40.0
    rows = llc_rows("", steps, llc, 0.1, np.zeros(points, bool))
    write_run(data, RUN, {"llc": rows})
    return Snapshot(publish(data))


def title(db: Snapshot) -> str:
    return gallery.build(llc_curve, fetch_once(db), RUN, {})[1].layout.yaxis.title.text


def test_extremes_and_the_chosen_step_of_a_long_series_are_drawn(tmp_path):
    db = series(tmp_path, 10 * BUCKETS)
    rows = queries.llc_outline(db, RUN, step=CHOSEN)
    assert {HIGH, LOW, CHOSEN} <= set(rows["step"]) and rows["step"].is_monotonic_increasing
    assert len(rows) <= 2 * BUCKETS + 1 and set(rows["in_all"]) == {10 * BUCKETS}
    assert rows["step"].diff().max() <= 2 * 10  # every stretch has its own
    assert f"of {10 * BUCKETS:,} drawn" in title(db)


@pytest.mark.parametrize("points", [1, 2, BUCKETS, BUCKETS + 7, 2 * BUCKETS])
def test_a_series_that_fits_is_drawn_whole(tmp_path, points):
    db = series(tmp_path, points)
    drawn, whole = queries.llc_outline(db, RUN), queries.llc_points(db, RUN)
    assert drawn.drop(columns="in_all").equals(whole)
    assert "drawn" not in title(db)
