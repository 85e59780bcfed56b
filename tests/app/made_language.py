"""A made run of the language experiment: a two-layer model, its one-layer twin and a second seed."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from tests.app import made
from tests.app.made import frame, llc_rows, metric_rows, stage_rows, trajectory_rows, write_run

RUN = "language-made-s0"
MAIN, TWIN, SEED = MODELS = ("two-layer", "one-layer", "two-layer, seed 1")
STEPS = made.schedule(8000)
NBETA, OTHER_NBETA = 30.0, 100.0
SCALES = (0.2, 0.3, 0.5)
ENDS = {"GP": [90, 900, 2100], "ruptures": [120, 1500]}
LABELS = ["bigrams", "n-grams", "previous-token heads", "induction heads"]
# fmt: off
TOKENS = [
    "[BOS]", "<script>alert(1)</script>", "the", " cat", "\n", "  ", "\t", "\"'&", " sat", "ü",
    " def", "(", ")", ":", "\n    ", " return", "_x", " é", "0", " law",
]
# fmt: on
KINDS = ("code", "documentation", "prose", "legal")
CONTEXT = 64

rise = partial(made.rise, STEPS)  # of a step and a width: (step,)


def curve(model: str) -> np.ndarray:
    """λ̂ (step,): three rises, the last one in two layers only."""
    last = 12.0 if model != TWIN else 0.0
    return 8 + 22 * rise(60) + 9 * rise(500, 0.15) + last * rise(4000, 0.15)


def estimates() -> dict[str, pd.DataFrame]:
    generator = np.random.default_rng(0)
    tables = {"llc": [], "llc_sweep": [], "llc_smooth": [], "checkpoint": []}
    bad = np.arange(len(STEPS)) % 9 == 4
    for model in MODELS:
        llc = curve(model) + 0.4 * generator.standard_normal(len(STEPS))
        tables["llc"].append(llc_rows(model, STEPS, llc, 0.5, bad))
        loss = 6.9 - 2.6 * rise(70) - 1.0 * rise(600) - (0.4 if model != TWIN else 0.1) * rise(4000)
        tables["checkpoint"].append(frame("checkpoint", model=model, step=STEPS, test_loss=loss))
        for scale in SCALES:
            smooth = {"model": model, "nbeta": NBETA, "length_scale": scale, "step": STEPS}
            values = {"mean": curve(model), "sd": scale, "slope": 1.0, "slope_sd": 0.1}
            tables["llc_smooth"].append(frame("llc_smooth", **smooth, **values))
    place = {"model": MAIN, "step": STEPS[::4], "nbeta": OTHER_NBETA}
    llc = 3 * curve(MAIN)[::4]
    tables["llc_smooth"].append(frame("llc_smooth", **place, length_scale=0.3, mean=llc, sd=1.0))
    place |= {"distribution": "all", "component": "full", "gamma": 300.0}
    tables["llc_sweep"] = [frame("llc_sweep", **place, llc=llc, std_err=1.0, verdict="reliable")]
    return {name: pd.concat(frames) for name, frames in tables.items()}


def stages() -> pd.DataFrame:
    settings = [("GP", NBETA, scale) for scale in SCALES]
    settings += [("GP", OTHER_NBETA, 0.3), ("ruptures", NBETA, np.nan)]
    rows = []
    for model in MODELS:
        for number, (method, nbeta, scale) in enumerate(settings):
            ends = [round(end * (1 + 0.1 * number)) for end in ENDS[method]][: 2 if model == TWIN else 3]
            setting = {"model": model, "method": method, "nbeta": nbeta, "length_scale": scale}
            stage = np.arange(len(ends) + 1)
            loss = {"loss_start": 6.0 - stage, "loss_end": 5.0 - stage}
            llc = {"llc_start": 10.0 + 10 * stage, "llc_end": 20.0 + 10 * stage}
            rows.append(stage_rows(ends, STEPS[-1], LABELS, **setting, **loss, **llc))
    return pd.concat(rows, ignore_index=True)


def lines(model: str) -> dict[tuple[str, str, str], np.ndarray]:
    """(metric, component, data) → values (step,)."""
    two = model != TWIN
    curves = {
        ("bigram score", "", ""): 6.9 - 2.4 * rise(70) + 1.2 * rise(1500),
        ("bigram floor", "", ""): np.full(len(STEPS), 4.1),
        ("position ablation gap", "", ""): 1.2 * rise(900),
        ("ICL score", "", "all"): -0.05 - 0.25 * two * rise(4000),
        ("test loss", "", "all"): 6.9 - 3.5 * rise(200),
        ("chance of prefix matching", "", ""): np.full(len(STEPS), 0.02),
        ("repeated text loss, first half", "", ""): 6.9 - 3.5 * rise(200),
        ("repeated text loss, second half", "", ""): 6.9 - 3.5 * rise(200) - two * rise(4000),
        ("unigram divergence", "", ""): rise(30),
    }
    for n in (2, 3, 4):
        curves[f"n-gram loss {n}", "", ""] = 7 - n * rise(200 * n)
        curves[f"n-gram score {n}", "", ""] = 1 + n * rise(200 * n)
    for kind in KINDS:
        curves["test loss", "", kind] = 6.9 - 3.5 * rise(200) - 0.2 * KINDS.index(kind) * rise(1000)
    for head in range(8):
        for layer in range(2 if two else 1):
            name = f"head {layer}.{head}"
            curves["previous-token score", name, ""] = 0.02 + 0.3 * (layer == 0 and head < 2) * rise(1000)
            curves["prefix-matching score", name, ""] = 0.02 + 0.2 * (layer == 1 and head == 3) * rise(4000)
            if layer:
                curves["K-composition", f"head 0.{head} → head 1.3", ""] = 0.06 + 0.01 * head * rise(3000)
    return curves


def metrics() -> pd.DataFrame:
    curves = [(model, lines(model)) for model in MODELS]
    return pd.concat(
        metric_rows(model, name, STEPS, values) for model, group in curves for name, values in group.items()
    )


def trajectories() -> dict[str, pd.DataFrame]:
    generator = np.random.default_rng(1)
    rows = []
    time = np.log10(np.array(STEPS) + 1) / np.log10(STEPS[-1])
    for number, model in enumerate(MODELS):
        smooth = [
            60 * np.cos(np.pi * time),
            20 * np.cos(2 * np.pi * time) - 5 * number,
            9 * np.cos(3 * np.pi * time),
        ]
        for axis, values in enumerate(smooth):
            noisy = values + 0.6 * generator.standard_normal(len(STEPS))
            rows.append(trajectory_rows(model, STEPS, axis + 1, noisy, values))
    axes = frame("trajectory_axis", model=MAIN, axis=[1, 2, 3], explained=[0.66, 0.12, 0.05])
    marks = frame("trajectory_mark", model=MAIN, step=STEPS[20:50:10], kind="sharp turn", value=3.0)
    return {"trajectory": pd.concat(rows), "trajectory_axis": axes, "trajectory_mark": marks}


def texts() -> dict[str, pd.DataFrame]:
    generator = np.random.default_rng(2)
    token = frame("token", token_id=np.arange(len(TOKENS)), text=TOKENS)
    words, losses, places = [], [], []
    for text, kind in enumerate(KINDS):
        ids = np.r_[0, 1 + np.arange(CONTEXT) % (len(TOKENS) - 1)]
        place = {"text": text, "position": np.arange(CONTEXT + 1), "token_id": ids}
        words.append(frame("text_token", **place, distribution=kind, source=f"made {kind}"))
        for model in MODELS[:2]:
            for step, level in zip(STEPS, 6.9 - 4 * rise(300), strict=True):
                loss = np.clip(level + generator.standard_normal(CONTEXT), 0.01, None)
                guesses = {f"guess_{i}": (ids[1:] + i - 1) % len(TOKENS) for i in (1, 2, 3)}
                chances = {f"chance_{i}": np.exp(-loss) / i for i in (1, 2, 3)}
                place = {"model": model, "step": step, "text": text, "position": np.arange(1, CONTEXT + 1)}
                losses.append(frame("text_loss", **place, loss_nats=loss, **guesses, **chances))
                position = np.array([1, 2, 4, 8, 16, 32, 64])
                place = {"model": model, "step": step, "distribution": kind, "position": position}
                mean = level - 0.2 * np.log(position)
                places.append(frame("position_loss", **place, loss_nats=mean, std_err=0.02))
    return {
        "token": token,
        "text_token": pd.concat(words),
        "text_loss": pd.concat(losses),
        "position_loss": pd.concat(places),
    }


def write(data: Path) -> str:
    """Put the made run into a data folder; returns its name."""
    content = {**estimates(), "stage": stages(), "metric": metrics(), **trajectories(), **texts()}
    facts = {"experiment": "language", "title": "Language", "created_at": "2026-01-02 00:00:00"}
    return write_run(data, RUN, content, **facts)
