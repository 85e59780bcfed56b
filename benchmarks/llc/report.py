"""From the workers' numbers to statistics and tables."""

import numpy as np

from benchmarks.llc.works import Seeded

SHARE = 0.02  # standard error as a share of the value, for the cost of an estimate
Z_RANGE = (0.8, 1.25)
NAMES = {"ours": "devdash", "peer": "devinterp", "peer_more": "devinterp, ℓ(w*) from the chains' batches"}


def statistics(row: Seeded, sides: dict[str, list[dict]]) -> dict:
    """Of every side: estimates, mean, sd over seeds, reported standard error, z's sd, cost of 2 %.

    devinterp reports the spread over chains, whose standard error is that over √chains.
    """
    entry = {"work": row.title, "wanted": row.wanted, "wanted_cost": row.wanted_cost, "sides": {}}
    for side, results in sides.items():
        llc = np.array([one["llc"] for one in results])
        reported = np.array([one["std"] for one in results])
        if side in ("peer", "peer_more"):
            reported = reported / np.sqrt(row.settings.chains)
        cpu_s, variance = min(one["cpu_s"] for one in results), float(llc.var(ddof=1))
        entry["sides"][side] = {
            "llc": llc.tolist(),
            "std_err": reported.tolist(),
            "mean": float(llc.mean()),
            "sd": variance**0.5,
            "reported": float(np.sqrt((reported**2).mean())),
            "z_sd": float(((llc - llc.mean()) / reported).std(ddof=1)),
            "cpu_s": cpu_s,
            "cost_s": cpu_s * variance / (SHARE * llc.mean()) ** 2,
        }
    return entry


def tables(result: dict) -> str:
    """Markdown of what was measured: costs, times and memory, variances and reported errors, speed."""
    makers = {"cost": costs, "times": times, "seeds": seeds, "speed": draws}
    return "\n\n".join(make(result[part]) for part, make in makers.items() if part in result)


def costs(rows: list[dict]) -> str:
    """Gradients to a total error of 2 %, each side at its best step."""
    sides = list(rows[0]["sides"])
    cells = []
    for row in rows:
        ours = row["sides"]["ours"]["best"]
        counts = [_count(row["sides"][side]) for side in sides]
        peers = [row["sides"][side]["best"] for side in sides if side != "ours"]
        ratio, wanted = "", ""
        reached = [best["gradients"] for best in peers if best]
        if ours and peers:
            share = ours["gradients"] / min(reached) if reached else 0.0
            ratio = f"1/{1 / share:.1f}" if reached else "no peer is within 2 %"
            wanted = f"≤ 1/{1 / row['wanted']:.0f} {_mark(share <= row['wanted'])}" if row["wanted"] else ""
        cells.append([row["work"], f"{row['truth']:.2f} ± {row['truth_error']:.2f}", *counts, ratio, wanted])
    head = ["gradients to a total error of 2 %", "truth", *sides, "ours / best peer", "wanted"]
    return _table(head, cells)


def _count(side: dict) -> str:
    """Gradients at the best step, or how near the best came."""
    best = side["best"]
    if best:
        return f"{best['gradients']} (ε {best['epsilon']:.1g})"
    near = min(side["steps"], key=lambda one: _total(one))
    return f"not in {near['steps']} steps (best {_total(near):.1%} off, ε {near['epsilon']:.1g})"


def _total(step: dict) -> float:
    total = float(np.hypot(step["bias"], step["spread"]))
    return total if np.isfinite(total) else np.inf


def times(rows: list[dict]) -> str:
    """Seconds and memory; what devinterp did not run stays empty."""
    cells = []
    for row in rows:
        seconds = [f"{row[side]:.2f} s" if side in row else "" for side in ("ours_s", "peer_s")]
        ratio = f"{row['ratio']:.1f} × faster" if "ratio" in row else ""
        wanted = f"≥ {row['wanted']:g} {_mark(row['ratio'] >= row['wanted'])}" if ratio else ""
        cells.append([row["work"], *seconds, ratio, wanted])
        if row["memory"]:
            megabytes = [f"{row[side]:.0f} MB" if side in row else "" for side in ("ours_mb", "peer_mb")]
            wanted = f"no more {_mark(row['ours_mb'] <= row['peer_mb'])}" if "peer_mb" in row else ""
            cells.append([f"{row['work']}: peak memory above the model", *megabytes, "", wanted])
    return _markdown("work, CPU time", cells)


def seeds(rows: list[dict]) -> str:
    """Variances, costs and reported errors."""
    cells = [line for row in rows for line in [*_compared(row), *_equal(row), _errors(row)]]
    return _markdown(f"over {len(rows[0]['sides']['ours']['llc'])} seeds", cells)


def draws(speed: dict) -> str:
    """How fast a language model is sampled."""
    return (
        f"{speed['weights'] / 1e6:.1f} M weights in bf16 on {speed['device']}, context {speed['context']}, "
        f"batch {speed['batch']}: {speed['draws_per_s']:.1f} draws per second, all chains together."
    )


def _equal(row: dict) -> list[list[str]]:
    """Whether a device gives the processor's values, in standard errors of the difference."""
    there = row["sides"].get("processor")
    if there is None:
        return []
    here = row["sides"]["ours"]
    error = np.hypot(here["sd"], there["sd"]) / np.sqrt(len(here["llc"]))
    z = abs(here["mean"] - there["mean"]) / error
    spreads = [f"{one['mean']:.2f} ± {one['sd']:.3f}" for one in (here, there)]
    return [
        [f"{row['work']}: LLC here and on the processor", *spreads, f"z {z:.1f}", f"z ≤ 3 {_mark(z <= 3)}"]
    ]


def _compared(row: dict) -> list[list[str]]:
    """Cells of variance and cost; what is wanted is judged against devinterp as it comes."""
    ours, rows = row["sides"]["ours"], []
    for side in ("peer", "peer_more"):
        other = row["sides"].get(side)
        if other is None:
            continue
        versus, judged = ("", True) if side == "peer" else (f"; {NAMES[side]}", False)
        spreads = [f"{one['mean']:.2f} ± {one['sd']:.3f}" for one in (ours, other)]
        share = _share("variance", ours["sd"] ** 2 / other["sd"] ** 2, judged and row["wanted"])
        rows.append([f"{row['work']}: LLC, mean ± sd{versus}", *spreads, *share])
        if row["wanted_cost"]:
            costs = [f"{one['cost_s']:.2f} s" for one in (ours, other)]
            share = _share("time", ours["cost_s"] / other["cost_s"], judged and row["wanted_cost"])
            rows.append([f"{row['work']}: CPU time to a standard error of 2 %{versus}", *costs, *share])
    return rows


def _share(what: str, share: float, wanted: float | bool) -> list[str]:
    """Two cells: a share as 1/x, and whether it is as small as wanted (False: nothing is wanted)."""
    judged = "" if not wanted else f"≤ 1/{1 / wanted:.0f} {_mark(share <= wanted)}"
    return [f"{what} 1/{1 / share:.1f}", judged]


def _errors(row: dict) -> list[str]:
    """Cells: reported standard error against the real one, and the sd of the z-scores."""
    ours, other = row["sides"]["ours"], row["sides"].get("peer")
    errors = [
        f"{one['reported']:.3f} for {one['sd']:.3f}, z {one['z_sd']:.2f}" if one else ""
        for one in (ours, other)
    ]
    wanted = f"z {Z_RANGE[0]}–{Z_RANGE[1]} {_mark(Z_RANGE[0] <= ours['z_sd'] <= Z_RANGE[1])}"
    return [f"{row['work']}: reported Monte Carlo error for the real one, sd of z", *errors, "", wanted]


def _markdown(first: str, rows: list[list[str]]) -> str:
    return _table([first, "devdash", "devinterp", "", "wanted"], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _mark(reached: bool) -> str:
    return "✓" if reached else "✗"
