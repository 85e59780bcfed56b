"""A made run of the regression experiment: λ̂ rises, peaks and falls while the loss falls; all tables."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from tests.app import made
from tests.app.made import frame, llc_rows, metric_rows, stage_rows, trajectory_rows, write_run

RUN = "regression-made-s0"
LAST, FINITE_LAST = 40_000, 10_000
SEEDS = [f"seed {number}" for number in range(5)]
POOLS = {"1 task": 1, **{f"{count} tasks": count for count in (4, 16, 64, 256, 1024)}}
ENDS = {"GP": [400, 5000, 20_000], "ruptures": [500, 6000]}
LABELS = ["the mean task", "in-context learning", "collapse", "convergence"]
PEAK, PEAK_STEP, END = 155.0, 4000, 85.0
NBETA, GAMMA, SCALES = 66.7, 6.7, (0.1, 0.2, 0.3)
# fmt: off
SETTINGS = {  # of the chains, where they differ from those of other made runs
    "nbeta": NBETA, "gamma": GAMMA, "epsilon": 3e-4, "draws": 40, "burn_in": 20, "batch_size": 128,
    "init_loss": 2.0, "mean_loss": 2.5,
}
# fmt: on
EXAMPLES, SEQUENCES, ZERO = 8, 6, 4.125
LAYER_NORMS = [f"layer {layer}, norm {place}" for layer in range(2) for place in (1, 2)] + ["last norm"]
HEADS = [f"head {layer}.{head}" for layer in range(2) for head in range(4)]

rise = partial(made.rise, width=0.2)  # of steps and a step: (step,)


def steps_of(model: str) -> list[int]:
    """Checkpoints of a model."""
    return made.schedule(LAST if model in SEEDS else FINITE_LAST, points=48)


def measured(model: str) -> list[int]:
    """Checkpoints with λ̂: all of the first seed, every other one elsewhere."""
    return steps_of(model) if model == SEEDS[0] else steps_of(model)[::-2][::-1]


def learned(model: str) -> float:
    """How close a model comes to ridge: from 0 with one task to 1 with tasks without end."""
    return 1.0 if model in SEEDS else np.log2(POOLS[model]) / 11


def llc_curve(model: str, steps) -> np.ndarray:
    """λ̂ (step,): up to a peak, then down; lower where tasks are few."""
    late = 1 + 0.05 * SEEDS.index(model) if model in SEEDS else 1.0
    height = 40 + (PEAK - 40) * learned(model)
    fall = (height * (1 - END / PEAK)) * rise(steps, 12_000 * late, width=0.15)
    return height * rise(steps, 900 * late) - fall


def error(model: str, steps, example: int) -> np.ndarray:
    """MSE of an example, from 1 (step,)."""
    best = ZERO / (1 + 0.6 * max(example - 1, 0)) * learned(model) + ZERO * (1 - learned(model))
    learning = (best - ZERO) * (0.9 * rise(steps, 1500) + 0.1 * rise(steps, 15_000))
    return ZERO + learning + 0.3 * (1 - rise(steps, 100))


def mean_error(model: str, steps) -> np.ndarray:
    return np.mean([error(model, steps, k) for k in range(1, EXAMPLES + 1)], axis=0)


def estimates() -> dict[str, pd.DataFrame]:
    generator = np.random.default_rng(0)
    tables = {"llc": [], "llc_smooth": [], "checkpoint": [], "llc_draw": []}
    for model in (*SEEDS, *POOLS):
        steps, llc_steps = steps_of(model), measured(model)
        llc = llc_curve(model, llc_steps) + 2 * generator.standard_normal(len(llc_steps))
        bad = np.arange(len(llc_steps)) % 9 == 4
        tables["llc"].append(llc_rows(model, llc_steps, llc, 2.0, bad, **SETTINGS))
        loss = mean_error(model, steps)
        losses = {"train_loss": loss, "test_loss": loss}
        tables["checkpoint"].append(frame("checkpoint", model=model, step=steps, **losses))
        values = {"mean": llc_curve(model, llc_steps), "sd": 2.0, "slope": 1.0, "slope_sd": 0.1}
        for scale in SCALES:
            smooth = {"model": model, "nbeta": NBETA, "length_scale": scale, "step": llc_steps}
            tables["llc_smooth"].append(frame("llc_smooth", **smooth, **values))
        if model in SEEDS[:2]:
            tables["llc_draw"].append(draws(model, llc_steps, generator))
    return {name: pd.concat(frames) for name, frames in tables.items()}


def draws(model: str, steps: list[int], generator) -> pd.DataFrame:
    """Losses of two chains of 40 draws at every step."""
    index = pd.MultiIndex.from_product([steps, range(2), range(40)], names=["step", "chain", "draw"])
    rows = index.to_frame(index=False)
    loss = 2.5 + 0.05 * generator.standard_normal(len(rows))
    place = {"model": model, "component": "full", "distribution": "all", "target": "data"}
    return frame("llc_draw", **place, **{name: rows[name] for name in rows}, loss=loss, distance=1.0)


def stages() -> pd.DataFrame:
    rows = []
    for model in (*SEEDS, *POOLS):
        last = steps_of(model)[-1]
        for method, scale in [*(("GP", scale) for scale in SCALES), ("ruptures", np.nan)]:
            ends = [end for end in ENDS[method] if end < last]
            setting = {"model": model, "method": method, "nbeta": NBETA, "length_scale": scale}
            stage = np.arange(len(ends) + 1)
            values = {"loss_start": 4.4 - stage, "loss_end": 3.9 - stage, "llc_start": 10.0, "llc_end": 20.0}
            rows.append(stage_rows(ends, last, LABELS, **setting, **values))
    return pd.concat(rows, ignore_index=True)


def lines(model: str, steps) -> dict[tuple[str, str, str], np.ndarray]:
    """(metric, component, data) → values (step,); the Hessian's are apart."""
    mse, near = mean_error(model, steps), learned(model)
    curves = {
        ("MSE", "", "all"): mse,
        ("ICL score", "", "all"): error(model, steps, 8) - error(model, steps, 4),
        ("distance to zero", "", ""): 0.3 - 0.25 * rise(steps, 100) + 2 * rise(steps, 1500),
        ("distance to ridge", "", ""): 2.7 - 2.6 * near * rise(steps, 1500),
        ("MSE of ridge", "", ""): np.full(len(steps), 1.6),
    }
    for k in range(1, EXAMPLES + 1):
        curves["MSE by example", f"example {k}", ""] = error(model, steps, k)
    for factor in (3, 5, 10):
        collapse = 1 + 0.02 * factor * rise(steps, 20_000)
        curves["MSE elsewhere", "", f"inputs × {factor}"] = factor**2 * mse * collapse
        curves["MSE elsewhere", "", f"tasks × {factor}"] = factor**2 * (mse + 1)
    if model in POOLS:
        curves["MSE elsewhere", "", "tasks of training"] = mse - 1.5 * (1 - near) * rise(steps, 1500)
        curves["distance to discrete optimum", "", ""] = 3 - 2.9 * (1 - near) * rise(steps, 1500)
        curves["MSE of discrete optimum", "", ""] = np.full(len(steps), 1.6 + 6 * (1 - near))
    fall = rise(steps, 12_000)
    for name, count in (("embedding share", 5), ("position share", 16)):
        shares = [np.exp(-n * (0.05 + 0.8 * fall)) for n in range(count)]
        for n, share in enumerate(shares, 1):
            curves[name, f"value {n}", ""] = share / np.sum(shares, axis=0)
    for n, name in enumerate(LAYER_NORMS):
        curves["layer-norm gain", name, ""] = 8 + rise(steps, 1000) - (7 - n) * fall
    for n, head in enumerate(HEADS):
        curves["attention entropy", head, ""] = 1.5 - 0.1 * n * rise(steps, 2000)
        curves["attention variability", head, ""] = 0.05 * n * rise(steps, 2000)
        for place in ("self", "the token before", "x tokens", "y tokens"):
            curves[f"attention to {place}", head, ""] = 0.2 + 0.05 * n * rise(steps, 2000)
    return curves


def hessian(model: str, steps) -> dict[tuple[str, str, str], np.ndarray]:
    """(metric, component, data) → values (step,) of the Hessian; its trace peaks before λ̂."""
    peak = rise(steps, 600) - 0.8 * rise(steps, 3000)
    curves = {("Hessian trace", "", ""): 20 + 900 * peak}
    return curves | {("Hessian eigenvalue", f"value {n}", ""): (5 + 200 * peak) / n for n in (1, 2, 3)}


def metrics() -> pd.DataFrame:
    rows = []
    for number, model in enumerate((*SEEDS, *POOLS)):
        steps = steps_of(model)
        groups = [(steps, lines(model, steps))]
        if model in SEEDS:
            groups.append((steps[::3], hessian(model, steps[::3])))
        factor = 1 + 0.01 * (number % 5)
        for at, curves in groups:
            rows += [metric_rows(model, name, at, factor * curve, 0.02) for name, curve in curves.items()]
    return pd.concat(rows)


def guesses() -> pd.DataFrame:
    """Predictions go from 0 to ridge, or to the discrete optimum."""
    generator = np.random.default_rng(2)
    truth = 2 * generator.standard_normal((SEQUENCES, EXAMPLES))
    share = 1 - 1 / np.arange(1, EXAMPLES + 1)
    ridge, best = truth * share, truth * share**2
    rows = []
    for model in (*SEEDS, *POOLS):
        steps, target = steps_of(model), 0.9 * ridge if model in SEEDS else best
        said = rise(steps, 1500)[:, None, None] * target
        step, sequence, example = np.indices(said.shape).reshape(3, -1)
        fixed = {"truth": truth, "ridge": ridge, "discrete_optimum": best * (np.nan if model in SEEDS else 1)}
        place = {"model": model, "step": np.array(steps)[step], "sequence": sequence, "example": example + 1}
        repeated = {name: np.tile(values.ravel(), len(steps)) for name, values in fixed.items()}
        rows.append(pd.DataFrame(place | {"said": said.ravel()} | repeated))
    return pd.concat(rows)


def trajectories() -> dict[str, pd.DataFrame]:
    rows = []
    for number, model in enumerate((*SEEDS, *POOLS)):
        steps = steps_of(model)
        time = np.log10(np.array(steps) + 1) / np.log10(LAST)
        smooth = [
            60 * np.cos(np.pi * time) + number,
            20 * np.cos(2 * np.pi * time) - number,
            9 * np.cos(3 * np.pi * time),
        ]
        for axis, values in enumerate(smooth):
            rows.append(trajectory_rows(model, steps, axis + 1, values, values))
    steps = steps_of(SEEDS[0])
    axes = frame("trajectory_axis", model=SEEDS[0], axis=[1, 2, 3], explained=[0.58, 0.11, 0.09])
    marks = frame("trajectory_mark", model=SEEDS[0], step=steps[20:50:10], kind="sharp turn", value=3.0)
    return {"trajectory": pd.concat(rows), "trajectory_axis": axes, "trajectory_mark": marks}


def claims() -> pd.DataFrame:
    text = {"paper": "arXiv 2402.02364", "statement": "λ̂ peaks, then falls with the loss", "how": "made"}
    value = {"published": "peak 170", "measured": "155", "low": 150.0, "high": 160.0, "verdict": "holds"}
    rewritten = "It asked for a peak of 200."
    return frame("claim", claim=["R-4"], **text, **value, figure="regression_complexity", rewritten=rewritten)


def write(data: Path) -> str:
    """Put the made run into a data folder; returns its name."""
    content = {
        **estimates(),
        "stage": stages(),
        "metric": metrics(),
        **trajectories(),
        "regression_guess": guesses(),
        "claim": claims(),
    }
    tasks = {"dimension": 4, "examples": EXAMPLES, "noise": 0.125}
    facts = {"title": "In-context linear regression", "created_at": "2026-01-03 00:00:00"}
    return write_run(data, RUN, content, experiment="regression", config={"tasks": tasks}, **facts)
