"""The plot of the coverage: the figure of the Degeneracy page, drawn from the trials."""

import pandas as pd

from devdash.export import Size, render
from devdash.figures.degeneracy import coverage


def svg(frame: pd.DataFrame) -> bytes:
    """docs/coverage.svg. frame: as report.judged gives it."""
    rows = frame.rename(columns={"truth": "llc_exact"})
    rows = rows.assign(kind=rows["family"].str.replace("_", " "))
    return render(coverage.draw(rows), "svg", Size(8, 9))
