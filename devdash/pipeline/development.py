"""Stages and trajectories of an experiment that trains models for long, from what it has stored."""

from collections.abc import Mapping, Sequence, Set

import numpy as np
import pandas as pd

from devdash.measures import stage_breaks, stage_labels, stages, trajectory
from devdash.pipeline.experiment import Workspace
from devdash.thinning import evenly

LENGTH_SCALES = (0.1, 0.2, 0.3)  # decades of steps: .2–.5 in natural logs, and a little more
LENGTH_SCALE = 0.2
AXES = 3
WIDTH = 0.1  # decades: of the Gaussian that smooths the trajectory; in steps it widens with time
FEWEST = 8  # steps with λ̂, for stages to be looked for


def evenly_spaced(steps: Sequence[int], count: int) -> list[int]:
    """count of the steps, evenly by number, with the first and the last."""
    return [steps[place] for place in evenly(len(steps), count)]


def thinned(steps: Sequence[int], every: int) -> list[int]:
    """Every so many-th of the steps, the first and the last among them.

    >>> thinned([0, 1, 2, 3, 4, 5], every=2)
    [0, 2, 4, 5]
    """
    return [*steps[:-1:every], steps[-1]]


def series(
    workspace: Workspace, excluded: Sequence[str] = (), spared: Set[int] = frozenset()
) -> dict[tuple[str, float], pd.DataFrame]:
    """(model, nβ) → step, llc, std_err of estimates on all data that did not diverge.

    excluded: verdicts, and spared: steps, that are left out.
    """
    llc = workspace.read("llc").query("component == 'full' and distribution == 'all' and target == 'data'")
    both = pd.concat([llc, workspace.read("llc_sweep")])
    both = both[~(both["verdict"].isin(excluded) | both["step"].isin(spared))]
    good = both[["model", "nbeta", "step", "llc", "std_err"]].dropna().sort_values("step")
    curves = dict(iter(good.groupby(["model", "nbeta"])))
    return {key: estimates for key, estimates in curves.items() if len(estimates) >= FEWEST}


def stage_tables(
    workspace: Workspace, excluded: Sequence[str] = (), spared: Set[int] = frozenset()
) -> dict[str, pd.DataFrame]:
    """Stages of every model by both methods, at every nβ and length-scale; none where λ̂ has too few steps.

    excluded: verdicts, and spared: steps, of estimates that make no stages.
    """
    tables, smooth = [], []
    for (model, nbeta), estimates in series(workspace, excluded, spared).items():
        points = tuple(estimates[name].to_numpy() for name in ("step", "llc", "std_err"))
        seed = workspace.seed_of("stages", model, nbeta)
        for scale in LENGTH_SCALES:
            curve = stages.smooth(*points, length_scale=scale)
            place = {"model": model, "nbeta": nbeta, "length_scale": scale}
            smooth.append(curve.assign(**place, scatter=curve.attrs["scatter"]))
            table = stages.find_stages(*points, length_scale=scale, seed=seed)
            place |= {"method": "GP"}
            tables.append(described(table, curve, model, workspace).assign(**place))
            if scale == LENGTH_SCALE:
                table = stage_breaks.find_breaks(*points)
                place |= {"method": "ruptures", "length_scale": np.nan}
                tables.append(described(table, curve, model, workspace).assign(**place))
    if not tables:
        return {}
    return {"stage": pd.concat(tables, ignore_index=True), "llc_smooth": pd.concat(smooth, ignore_index=True)}


def described(table: pd.DataFrame, curve: pd.DataFrame, model: str, workspace: Workspace) -> pd.DataFrame:
    """Stages with a label, and with loss and λ̂ at both ends."""
    metrics = workspace.read("metric").query("model == @model")
    losses = workspace.read("checkpoint").query("model == @model").sort_values("step")
    labels = stage_labels.explain(table, metrics)
    table = table.drop(columns="slope").assign(label=labels["label"].array, evidence=labels["evidence"].array)
    for end in ("start", "end"):
        at = np.log1p(table[f"{end}_step"])
        loss = losses["test_loss"].fillna(losses["train_loss"])
        table[f"loss_{end}"] = np.interp(at, np.log1p(losses["step"]), loss)
        table[f"llc_{end}"] = np.interp(at, np.log1p(curve["step"]), curve["mean"])
    return table


def trajectory_tables(
    outputs: Mapping[str, tuple[list[int], np.ndarray]], main: str
) -> dict[str, pd.DataFrame]:
    """All models in the space of the main one's principal components.

    outputs: model → its steps and its outputs, (step, output).
    """
    mean, directions, explained = trajectory.principal_axes(outputs[main][1], AXES)
    rows, marks = [], []
    for model, (steps, points) in outputs.items():
        values = trajectory.project(points, mean, directions)
        smoothed = trajectory.smooth(np.array(steps), values, WIDTH)
        curvature, radius, _ = trajectory.forms(smoothed)
        for axis in range(AXES):
            columns = {"value": values[:, axis], "smoothed": smoothed[:, axis]}
            columns |= {"curvature": curvature, "radius": radius}
            rows.append(pd.DataFrame({"model": model, "step": steps, "axis": axis + 1, **columns}))
        marks += [find(steps, radius).assign(model=model) for find in (trajectory.turns, trajectory.vertices)]
    explained = pd.DataFrame({"model": main, "axis": np.arange(1, AXES + 1), "explained": explained})
    return {
        "trajectory": pd.concat(rows, ignore_index=True),
        "trajectory_axis": explained,
        "trajectory_mark": pd.concat(marks, ignore_index=True),
    }
