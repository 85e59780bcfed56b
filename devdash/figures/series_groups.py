"""Series of a metric: what tells each from the others, in which groups they stand, and the groups' means."""

import re

import numpy as np
import pandas as pd

GROUPS = {
    "": "nothing",
    "model": "model, seeds together",
    "run": "run",
    "component": "component",
    "distribution": "data",
}
SPREADS = {"sd": "standard deviation", "se": "standard error of the mean"}
SEED = re.compile(r",?\s*\bseed \d+$")
PARTS = ("title", "preset", "seed", "model", "component", "distribution")


def names(rows: pd.DataFrame) -> dict[str, str]:
    """Series → what tells it from the others of these rows: the parts in which they differ.

    rows: series, run, and the PARTS.
    """
    series = rows.drop_duplicates("series").set_index("series")
    parts = series.assign(
        seed=[f"seed {seed}" for seed in series["seed"]],
        component=series["component"].replace(["full", "all"], ""),
        distribution=series["distribution"].replace("all", ""),
    )
    differ = [part for part in PARTS if parts[part].nunique() > 1]
    if parts.duplicated(differ or ["model"]).any():
        differ, parts = ["name"], parts.assign(name=parts.index)
    cells = zip(*(parts[part].astype(str) for part in differ or ["model"]), strict=True)
    words = (" · ".join(filter(None, row)) for row in cells)
    return {name: word or "the model" for name, word in zip(parts.index, words, strict=True)}


def group_of(rows: pd.DataFrame, group: str) -> pd.Series:
    """The group that each row's series is in. group: one of GROUPS but the first."""
    if group == "model":
        return rows["model"].map(lambda model: SEED.sub("", model) or "all seeds")
    if group == "run":
        return rows["title"] + ", " + rows["preset"] + ", seed " + rows["seed"].astype(str)
    return rows[group].replace("", "whole model" if group == "component" else "all data")


def means(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean, standard deviation, its standard error and N over the series of one group, at each place.

    rows: series, place, value. Between its measured places a series is interpolated, outside of them it
    counts for nothing, so that N says how many there are. sd and se are NaN where N is 1.
    """
    grid = np.unique(rows["place"])
    lines = []
    for _, line in rows.groupby("series"):
        line = line.groupby("place")["value"].mean()
        lines.append(np.interp(grid, line.index, line, left=np.nan, right=np.nan))
    values = pd.DataFrame(np.array(lines))
    count, sd = values.count(), values.std(ddof=1)
    return pd.DataFrame(
        {"place": grid, "mean": values.mean(), "sd": sd, "se": sd / np.sqrt(count), "count": count}
    )


def smoothed(rows: pd.DataFrame, width: int) -> pd.DataFrame:
    """Running means of each series over so many neighbouring points; at the ends over those there are."""
    if width <= 1:
        return rows
    rolled = rows.groupby("series", sort=False)["value"].transform(
        lambda values: values.rolling(width, center=True, min_periods=1).mean()
    )
    return rows.assign(value=rolled)
