"""All heads of a GPT-2 at its last checkpoint: devdash beside devinterp, and beside a truth.

python -m benchmarks.gpt2_heads --peer PYTHON [--data devdash-data] [--seeds 3]
python -m benchmarks.gpt2_heads --quick      a tiny model, and no peer: only whether it works

The model is the run `gpt2` that examples/gpt2_heads.py leaves in the data folder. Both sides get its weights,
its tokens, ε, nβ, γ, chains, draws and batch size, and one thread. Truth: `Langevin` at ε/8, of which eight
steps make a draw. PYTHON: of an environment with devinterp and transformers.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import transformers
from safetensors.torch import save_file

import devdash
from devdash.sampling import Langevin, estimate_llc
from devdash.training import checkpoints

SETTINGS = {"epsilon": 1e-3, "nbeta": 30.0, "gamma": 300.0, "chains": 4, "draws": 100, "burn_in": 50}
SETTINGS |= {"batch_size": 8}
CONFIG = {"vocab_size": 500, "n_positions": 64, "n_embd": 64, "n_layer": 2, "n_head": 4}
FINER, SEQUENCES = 8, 4000  # of the truth; of the data


def made(data: Path | None) -> tuple[dict, dict, np.ndarray]:
    """Configuration, weights and tokens (sequence, position) of the run; of a tiny model without one."""
    config = CONFIG | {"bos_token_id": 0, "eos_token_id": 0}
    if data is None:
        config |= {"vocab_size": 20, "n_positions": 8, "n_embd": 8, "n_head": 2}
        model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**config))
        state = {name: tensor.detach() for name, tensor in model.named_parameters()}
        return config, state, np.random.default_rng(0).integers(0, 20, (100, 8))
    folder = data / "checkpoints" / "gpt2"
    return config, checkpoints.load(folder, checkpoints.steps(folder)[-1]), tokenised()[:SEQUENCES, :64]


def tokenised() -> np.ndarray:
    """The tokens of examples/gpt2_heads.py: (sequence, position)."""
    lines = Path(__file__).parents[1].joinpath("examples", "gpt2_heads.py").read_text("utf-8")
    prepared: dict = {}
    exec(lines[: lines.index("config = ")], prepared)
    return prepared["tokens"]


def ours(task, parts: list[str], seeds: list[int], s: dict, finer: int = 1) -> pd.DataFrame:
    """A row for each part and seed."""
    sampler, point, rows = Langevin(s["epsilon"] / finer, s["nbeta"], s["gamma"]), task.point(), []
    plan = {"draws": s["draws"], "burn_in": finer * s["burn_in"], "steps_per_draw": finer}
    for name in parts:
        part = task.moving(point) if name == "full" else task.heads[name]
        for seed in seeds:
            start = time.process_time()
            with task.evaluating():
                estimate = estimate_llc(
                    task.function,
                    point,
                    task.examples.tensors,
                    sampler=sampler,
                    component=part,
                    seed=seed,
                    chains=s["chains"],
                    batch_size=s["batch_size"],
                    **plan,
                )
            row = {"part": name, "seed": seed, "llc": estimate.llc, "std_err": estimate.std_err}
            rows.append(row | {"cpu_s": time.process_time() - start})
    return pd.DataFrame(rows)


def theirs(python: str, made_of: tuple, parts: list[str], seeds: list[int], s: dict) -> pd.DataFrame:
    """A row for each part and seed."""
    config, state, tokens = made_of
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        save_file({name: tensor.contiguous() for name, tensor in state.items()}, place / "w.safetensors")
        torch.save(torch.as_tensor(tokens.astype(np.int64)), place / "tokens.pt")
        job = {"config": config, "file": str(place / "w.safetensors"), "tokens": str(place / "tokens.pt")}
        job |= {"parts": parts, "seeds": seeds, "settings": s}
        (place / "job.json").write_text(json.dumps(job))
        script = Path(__file__).with_name("gpt2_peer.py")
        subprocess.run([python, script, place / "job.json", place / "rows.json"], check=True)
        return pd.DataFrame(json.loads((place / "rows.json").read_text()))


def table(truth: pd.DataFrame, by_side: dict[str, pd.DataFrame]) -> str:
    """Mean over seeds ± spread over seeds, and the error that one estimate reports, for each part."""
    lines = ["| part | truth | " + " | ".join(by_side) + " |", "|---|---|" + "---|" * len(by_side)]
    for name, rows in truth.groupby("part", sort=False):
        cells = [f"{rows['llc'].mean():.3f} ± {rows['std_err'].mean():.3f}"]
        for side in by_side.values():
            of_part = side[side["part"] == name]
            reported = f", says ± {of_part['std_err'].mean():.3f}"
            cells.append(f"{of_part['llc'].mean():.3f} ± {of_part['llc'].std():.3f}{reported}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    times = [f"{side['cpu_s'].mean():.1f} s" for side in by_side.values()]
    return "\n".join([*lines, "| CPU time of one | | " + " | ".join(times) + " |"])


def main() -> None:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--peer", default="")
    parser.add_argument("--data", type=Path, default=Path("devdash-data"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--parts", nargs="*")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    s = SETTINGS | ({"draws": 10, "burn_in": 2} if options.quick else {})
    config, state, tokens = made_of = made(None if options.quick else options.data)
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**config))
    task = devdash.causal_lm(model, tokens)
    model.load_state_dict(state, strict=False)
    parts, seeds = options.parts or [*task.heads, "full"], list(range(options.seeds))
    sides = {"devdash": ours(task, parts, seeds, s)}
    if options.peer and not options.quick:
        rows = theirs(options.peer, made_of, parts, seeds, s)
        sides |= {"devinterp": rows, "devinterp, L(w*) of all data": rows.assign(llc=rows["exact"])}
    print(table(ours(task, parts, [100], s, FINER), sides))


if __name__ == "__main__":
    main()
