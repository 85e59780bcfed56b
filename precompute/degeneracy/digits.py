"""Optimisers and the learning coefficient on handwritten digits: SGD against Entropy-SGD, two sweeps.

Source: Lau et al. 2023 (arXiv 2308.12108), the experiment on MNIST, here with runs compared at equal
training loss. All runs of a seed start from the same weights, and all share one training set.
"""

from dataclasses import dataclass, replace
from functools import partial

import pandas as pd
import torch
from torch import Tensor

from devdash.distributions import digits
from devdash.measures.degeneracy.digits import performance, stacked_losses, step_table
from devdash.measures.estimates import free_calibration, llc_tables, timed
from devdash.models import mlp
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.sampling import SGLD, estimate_llcs
from devdash.sampling.plan import Plan
from devdash.training.optimisers import EntropySGD, Nesterov
from devdash.training.together import checkpoint_steps, growing_steps, train_stacked


@dataclass(frozen=True)
class Digits:
    """Settings: steps count gradients, levels are training losses in nats, batch sizes count images.

    pool: side of the blocks of pixels that are averaged. path_seeds: runs measured all along; the others
    are measured at the loss levels only. plan: without a sampler, which is calibrated once for all.
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
    plan: Plan = Plan(None, chains=4, draws=300, burn_in=600, batch_size=128)
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
    plan=Plan(None, chains=2, draws=30, burn_in=20, batch_size=128),
    keep_draws=10,
)
PAPER_DIGITS = Digits(
    pool=1, hidden=(1024, 1024), plan=Plan(None, chains=4, draws=500, burn_in=2000, batch_size=512)
)


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

    @property
    def columns(self) -> dict:
        """Columns of the table digits_step."""
        return {
            "setting": self.name,
            "optimiser": self.kind,
            "learning_rate": self.optimiser.learning_rate,
            "batch_size": self.batch_size,
        }


def settings(config: Digits) -> list[Setting]:
    """The base setting, Entropy-SGD at its batch size, then both sweeps; none twice."""
    base = base_setting(config)
    rates = [Setting(Nesterov(rate), config.batch_size) for rate in config.learning_rates]
    sizes = [Setting(base.optimiser, size) for size in config.batch_sizes]
    return list(dict.fromkeys([base, Setting(EntropySGD(), config.batch_size), *rates, *sizes]))


def base_setting(config: Digits) -> Setting:
    return Setting(Nesterov(config.learning_rate), config.batch_size)


def digits_rounds(config: Digits, workspace: Workspace) -> list[Round]:
    """calibrate, then one job that trains and measures each setting."""
    first = [Job("digits calibrate", partial(choose_sampler, config, workspace), 60)]
    runs = [
        Job(f"digits {setting.name}", partial(run_setting, config, setting, workspace), 60)
        for setting in settings(config)
    ]
    return [Round("digits sampler", first), Round("digits", runs)]


def choose_sampler(config: Digits, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """ε, nβ and γ for every estimate: chosen where seed 0 of the base setting reaches the middle level."""
    data = images(config, workspace)
    run = train(config, base_setting(config), data, workspace)[0]
    step = run.matched[len(run.matched) // 2] if run.matched else run.path[-1]
    _, rows = free_calibration(
        mlp.cross_entropy,
        run.weights[step],
        data.data,
        SGLD(),
        burn_in=config.plan.burn_in,
        batch_size=config.plan.batch_size,
        seed=workspace.seed_of("digits calibrate"),
        step=step,
        distribution=distribution(base_setting(config), 0),
    )
    return {"calibration": rows}


def run_setting(config: Digits, setting: Setting, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Train all seeds of one setting together; λ̂ along the path and at the loss levels of each."""
    data, sampler = images(config, workspace), chosen_sampler(workspace.read("calibration"))
    parts = []
    for seed, run in enumerate(train(config, setting, data, workspace)):
        path = run.path if seed < config.path_seeds else []
        wanted = sorted({*path, *run.matched})
        if not wanted:
            continue
        estimates, wall_s = timed(
            estimate_llcs,
            mlp.cross_entropy,
            [run.weights[step] for step in wanted],
            data.data,
            plan=replace(config.plan, sampler=sampler),
            seed=workspace.seed_of("digits llc", setting.name, seed),
        )
        by_step = dict(zip(wanted, estimates, strict=True))
        reached = {step: performance(run.weights[step], data) for step in wanted}
        facts = setting.columns | {"seed": seed}
        steps = step_table(facts, config.images, reached, by_step, path, config.levels, run.matched)
        places = [{"step": step, "distribution": distribution(setting, seed)} for step in wanted]
        parts.append(llc_tables(estimates, places, wall_s, config.keep_draws) | {"digits_step": steps})
    return {name: pd.concat([part[name] for part in parts]) for name in ("digits_step", "llc", "llc_draw")}


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
    saves = {step for step in checkpoint_steps(config.steps, config.save_every) if step >= config.first_save}
    runs = [Run({}, [], []) for _ in starts]
    seed = workspace.seed_of("digits train", setting.name)
    stops = {*saves, *growing_steps(config.steps)}
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


def chosen_sampler(calibration: pd.DataFrame) -> SGLD:
    """The sampler that the calibration on digits chose."""
    grid = calibration[calibration["distribution"].str.startswith("digits") & (calibration["part"] != "dial")]
    chosen = grid[grid["chosen"]].iloc[0]
    return SGLD(float(chosen["epsilon"]), float(chosen["nbeta"]), float(chosen["gamma"]))


def images(config: Digits, workspace: Workspace) -> digits.Digits:
    """The training and test sets of all runs."""
    return digits.split(config.images, workspace.seed_of("digits split"), config.pool)


def distribution(setting: Setting, seed: int) -> str:
    """What rows of one run are named by."""
    return f"digits, {setting.name}, seed {seed}"
