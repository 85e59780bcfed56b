"""Optimisers and the learning coefficient on handwritten digits: SGD against Entropy-SGD, two sweeps.

Source: Lau et al. 2023 (arXiv 2308.12108), the experiment on MNIST, here with runs compared at equal
training loss. All runs of a seed start from the same weights, and all share one training set.
"""

import time
from dataclasses import dataclass
from functools import partial

import pandas as pd
import torch
from torch import Tensor

from devdash.distributions import digits
from devdash.measures.degeneracy.digits import performance, stacked_losses, step_table
from devdash.measures.llc_rows import calibration_rows, draw_rows, llc_row, llc_table
from devdash.models import mlp
from devdash.pipeline.runner import Round, Task, Workspace
from devdash.sampling import SGLD, calibrate, dial, estimate_llcs
from devdash.training.optimisers import EntropySGD, Nesterov
from devdash.training.together import checkpoints, checks, train_stacked


@dataclass(frozen=True)
class Digits:
    """Settings: steps count gradients, levels are training losses in nats, batch sizes count images.

    pool: side of the blocks of pixels that are averaged. path_seeds: runs measured all along; the others
    are measured at the loss levels only.
    """

    images: int = 4000
    pool: int = 2
    hidden: tuple[int, ...] = (32, 32)
    seeds: int = 5
    path_seeds: int = 3
    steps: int = 4000
    first_save: int = 10
    save_every: int = 500
    learning_rate: float = 0.04
    learning_rates: tuple[float, ...] = (0.01, 0.02, 0.04, 0.08)
    batch_size: int = 64
    batch_sizes: tuple[int, ...] = (32, 64, 128, 256)
    levels: tuple[float, ...] = (0.1, 0.05, 0.02)
    chains: int = 4
    draws: int = 300
    burn_in: int = 600
    llc_batch_size: int = 128
    keep_draws: int = 25


LAPTOP_DIGITS = Digits()
SMOKE_DIGITS = Digits(
    images=500,
    pool=4,
    hidden=(16,),
    seeds=2,
    path_seeds=1,
    steps=100,
    save_every=50,
    learning_rates=(0.02, 0.04),
    batch_sizes=(32, 64),
    levels=(1.5, 1.0),
    chains=2,
    draws=30,
    burn_in=20,
    keep_draws=10,
)
PAPER_DIGITS = Digits(pool=1, hidden=(1024, 1024), llc_batch_size=512, draws=500, burn_in=2000)


@dataclass(frozen=True)
class Setting:
    """An optimiser and its batch size."""

    optimiser: Nesterov | EntropySGD
    batch_size: int

    @property
    def kind(self) -> str:
        """SGD or Entropy-SGD."""
        return "SGD" if isinstance(self.optimiser, Nesterov) else "Entropy-SGD"

    @property
    def name(self) -> str:
        """What a reader sees, such as 'SGD, rate 0.04, batch 64'."""
        return f"{self.kind}, rate {self.optimiser.learning_rate:g}, batch {self.batch_size}"


def settings(config: Digits) -> list[Setting]:
    """The base setting, Entropy-SGD at its batch size, then both sweeps; none twice."""
    base = _base(config)
    rates = [Setting(Nesterov(rate), config.batch_size) for rate in config.learning_rates]
    sizes = [Setting(base.optimiser, size) for size in config.batch_sizes]
    return list(dict.fromkeys([base, Setting(EntropySGD(), config.batch_size), *rates, *sizes]))


def _base(config: Digits) -> Setting:
    return Setting(Nesterov(config.learning_rate), config.batch_size)


def digits_rounds(config: Digits, workspace: Workspace) -> list[Round]:
    """calibrate, then one task that trains and measures each setting."""
    first = [Task("digits calibrate", partial(choose_sampler, config, workspace), 60)]
    runs = [
        Task(f"digits {setting.name}", partial(run_setting, config, setting, workspace), 60)
        for setting in settings(config)
    ]
    return [Round("digits sampler", first), Round("digits", runs)]


def choose_sampler(config: Digits, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """ε, nβ and γ for every estimate: chosen where seed 0 of the base setting reaches the middle level."""
    data = _images(config, workspace)
    run = train(config, _base(config), data, workspace)[0]
    step = run.matched[len(run.matched) // 2] if run.matched else run.path[-1]
    chains = {"burn_in": config.burn_in, "batch_size": config.llc_batch_size}
    given = (mlp.cross_entropy, run.weights[step], data.data)
    seed = workspace.seed_of("digits calibrate")
    found = calibrate(*given, **chains, seed=seed)
    grid = pd.concat([found.grid, dial(*given, found.sampler, **chains, seed=seed)], ignore_index=True)
    return {"calibration": calibration_rows(grid, step, distribution=_place(_base(config), 0))}


def run_setting(config: Digits, setting: Setting, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Train all seeds of one setting together; λ̂ along the path and at the loss levels of each."""
    data, sampler = _images(config, workspace), chosen_sampler(workspace.read("calibration"))
    steps, rows, draws = [], [], []
    for seed, run in enumerate(train(config, setting, data, workspace)):
        path = run.path if seed < config.path_seeds else []
        wanted = sorted({*path, *run.matched})
        if not wanted:
            continue
        points = [run.weights[step] for step in wanted]
        llc_seed = workspace.seed_of("digits llc", setting.name, seed)
        estimates, wall_s = measure(config, points, data, sampler, llc_seed)
        by_step = dict(zip(wanted, estimates, strict=True))
        seen = {step: performance(run.weights[step], data) for step in wanted}
        facts = {
            "setting": setting.name,
            "optimiser": setting.kind,
            "seed": seed,
            "learning_rate": setting.optimiser.learning_rate,
            "batch_size": setting.batch_size,
        }
        steps.append(step_table(facts, config.images, seen, by_step, path, config.levels, run.matched))
        place = {"distribution": _place(setting, seed)}
        rows += [llc_row(e, step, wall_s=wall_s, **place) for step, e in by_step.items()]
        draws += [draw_rows(e, step, keep=config.keep_draws, **place) for step, e in by_step.items()]
    return {"digits_step": pd.concat(steps), "llc": llc_table(rows), "llc_draw": pd.concat(draws)}


@dataclass(frozen=True)
class Run:
    """weights: step → parameters; path: checkpoints; matched: the step that reached each level, in order."""

    weights: dict[int, dict[str, Tensor]]
    path: list[int]
    matched: list[int]


def train(config: Digits, setting: Setting, data: digits.Digits, workspace: Workspace) -> list[Run]:
    """All seeds of one setting. A level is reached at the first look at which the training loss is below it.

    The looks are 2 % of the way apart, so that no run falls far below the level before it is seen.
    """
    widths = (data.x.shape[1], *config.hidden, digits.CLASSES)
    starts = [mlp.initial(widths, workspace.seed_of("digits start", s)) for s in range(config.seeds)]
    params = {name: torch.stack([start[name] for start in starts]) for name in starts[0]}
    saves = {step for step in checkpoints(config.steps, config.save_every) if step >= config.first_save}
    runs = [Run({}, [], []) for _ in starts]
    seed = workspace.seed_of("digits train", setting.name)
    stops = {*saves, *checks(config.steps)}
    training = (mlp.cross_entropy, params, data.data, setting.optimiser, setting.batch_size, stops, seed)
    for step, now in train_stacked(*training):
        for number, loss in enumerate(stacked_losses(now, data.data)):
            run = runs[number]
            passed = [level for level in config.levels[len(run.matched) :] if loss < level]
            if passed or step in saves:
                run.weights[step] = {name: tensor[number].clone() for name, tensor in now.items()}
            run.matched.extend(step for _ in passed)
            run.path.extend([step] if step in saves else [])
    return runs


def measure(config: Digits, points: list, data: digits.Digits, sampler: SGLD, seed: int):
    """λ̂ at several points of one run on its training set, and the seconds that each took."""
    started = time.monotonic()
    estimates = estimate_llcs(
        mlp.cross_entropy,
        points,
        data.data,
        sampler=sampler,
        chains=config.chains,
        draws=config.draws,
        burn_in=config.burn_in,
        batch_size=config.llc_batch_size,
        seed=seed,
    )
    return estimates, (time.monotonic() - started) / len(points)


def chosen_sampler(calibration: pd.DataFrame) -> SGLD:
    """The sampler that the calibration on digits chose."""
    grid = calibration[calibration["distribution"].str.startswith("digits") & (calibration["part"] != "dial")]
    own = grid[grid["chosen"]].iloc[0]
    return SGLD(float(own["epsilon"]), float(own["nbeta"]), float(own["gamma"]))


def _images(config: Digits, workspace: Workspace) -> digits.Digits:
    return digits.split(config.images, workspace.seed_of("digits split"), config.pool)


def _place(setting: Setting, seed: int) -> str:
    return f"digits, {setting.name}, seed {seed}"
