"""From the trials to shares with their intervals, tables and the picture."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from devdash.verdicts import is_reliable

HERE = Path(__file__).parent
FAR, ERRORS = 0.1, 2.0
COMPARED = "careful"
WANTED = {"within": 0.9, "far": 0.02, "accepted": 0.7}
KEPT = ["sampler", "family", "system", "part", "setting", "good", "theory", "truth", "truth_error", "llc"]
KEPT += ["std_err", "verdict", "within", "far"]


def judged(frame: pd.DataFrame) -> pd.DataFrame:
    """Adds within (±2 errors of the truth) and far (more than 10 % off)."""
    off = (frame["llc"] - frame["truth"]).abs()
    error = np.hypot(frame["std_err"], frame["truth_error"])
    return frame.assign(
        reliable=is_reliable(frame), within=off <= ERRORS * error, far=off > FAR * frame["truth"].abs()
    )


def summary(rows: pd.DataFrame) -> dict:
    """Counts and shares (share, low, high): of reliable values within and far; of good settings reliable."""
    reliable, good = rows[rows["reliable"]], rows[rows["good"]]
    return {
        "trials": len(rows),
        "reliable": len(reliable),
        "within": share(reliable["within"]),
        "far": share(reliable["far"]),
        "good": len(good),
        "accepted": share(good["reliable"]),
    }


def share(hits: pd.Series) -> tuple[float, float, float]:
    """A share with its binomial 95 % interval (Clopper & Pearson); NaN of nothing."""
    if hits.empty:
        return (np.nan,) * 3
    interval = binomtest(int(hits.sum()), len(hits)).proportion_ci()
    return float(hits.mean()), interval.low, interval.high


def tables(frame: pd.DataFrame) -> str:
    """For each sampler and half a table by family."""
    parts = []
    for (sampler, part), rows in frame.groupby(["sampler", "part"], sort=False):
        families = [(family, group) for family, group in rows.groupby("family", sort=False)]
        lines = [_line(family, summary(group)) for family, group in families]
        total = _line("**all**", summary(rows))
        parts.append("\n".join([f"### {sampler}, {part} half\n", *HEAD, *lines, total]))
    return "\n\n".join(parts)


HEAD = (
    f"| family | trials | reliable | of these within ± 2 errors (wanted ≥ {WANTED['within']:.0%}) "
    f"| more than 10 % off (≤ {WANTED['far']:.0%}) | good settings "
    f"| of these reliable (≥ {WANTED['accepted']:.0%}) |",
    "|---|---|---|---|---|---|---|",
)


def _line(family: str, counts: dict) -> str:
    cells = [family, counts["trials"], counts["reliable"]]
    cells += [_interval(counts["within"]), _interval(counts["far"])]
    cells += [counts["good"], _interval(counts["accepted"])]
    return f"| {' | '.join(map(str, cells))} |"


def _interval(value: tuple[float, float, float]) -> str:
    middle, low, high = value
    return "" if np.isnan(middle) else f"{middle:.0%} ({low:.0%}–{high:.0%})"


def by_system(frame: pd.DataFrame) -> str:
    """Theory's λ, the exact value at this nβ and γ, and the estimates of one kind of chain."""
    rows = frame[frame["theory"].notna() & (frame["setting"] == COMPARED)]
    samplers = list(rows["sampler"].unique())
    lines = [
        f"| system | theory | exact | {' | '.join(samplers)} |",
        "|---|---|---|" + "---|" * len(samplers),
    ]
    for (family, system), group in rows.groupby(["family", "system"], sort=False):
        exact = group.iloc[0]
        cells = [f"{family.replace('_', ' ')}: {system}", f"{exact['theory']:g}"]
        cells.append(f"{exact['truth']:.4g} ± {exact['truth_error']:.1g}")
        cells += [_estimate(group[group["sampler"] == name]) for name in samplers]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _estimate(rows: pd.DataFrame) -> str:
    if rows.empty:
        return ""
    row = rows.iloc[0]
    return f"{row['llc']:.4g} ± {row['std_err']:.1g}, {row['verdict']}"


def write(frame: pd.DataFrame) -> None:
    """results.json (columns of all trials, numbers to five digits), results.md and docs/coverage.svg."""
    from benchmarks.coverage import picture

    short = frame[KEPT].map(lambda value: float(f"{value:.5g}") if isinstance(value, float) else value)
    lines = [json.dumps(row, ensure_ascii=False) for row in json.loads(short.to_json(orient="values"))]
    rows = ",\n".join(lines)
    (HERE / "results.json").write_text(f'{{"columns": {json.dumps(KEPT)},\n"rows": [\n{rows}]}}\n')
    compared = (
        f"## Theory, exact value, estimate\n\nChains of the setting `{COMPARED}`.\n\n{by_system(frame)}"
    )
    (HERE / "results.md").write_text(f"# Coverage\n\n{tables(frame)}\n\n{compared}\n")
    (HERE.parents[1] / "docs" / "coverage.svg").write_bytes(picture.svg(frame))
