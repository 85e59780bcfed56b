"""Optimisers and the learning coefficient on handwritten digits: SGD against Entropy-SGD, two sweeps.

Source: Lau et al. 2023 (arXiv 2308.12108), the experiment on MNIST, here with runs compared at equal
training loss. All runs of a seed start from the same weights, and all share one training set.
"""

from dataclasses import dataclass, replace
from functools import partial

import pandas as pd
from torch import Tensor

from devdash.distributions import digits
from devdash.measures.degeneracy.digits import performance, stacked_losses, step_table
from devdash.measures.estimates import chain_steps, free_calibration, llc_tables, timed
from devdash.models import mlp
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.sampling import Langevin, estimate_llcs
from devdash.sampling.plan import Plan
from devdash.training.optimisers import EntropySGD, Nesterov
from devdash.training.together import checkpoint_steps, growing_steps, train_stacked


@dataclass(frozen=True)
class Digits:
    """Settings: steps count gradients, levels are training losses in nats, batch sizes count images.

    pool: side of the blocks of pixels that are averaged. path_seeds: runs measured all along; the others
    are measured at the loss levels only. plan: without a sampler, which is calibrated once for all, for a
    burn-in of `settling` steps. The chains' is longer, since with 600 and 300 draws one after another R̂ was
    1.15. With 128 images minibatches heated λ̂ by 10 to 20 %, with 512 by 5 %, the most that is reliable.
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
    settling: int = 600
    plan: Plan = Plan(None, chains=4, draws=300, burn_in=1000, steps_per_draw=4, batch_size=800)
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
    settling=20,
    plan=Plan(None, chains=2, draws=30, burn_in=20, batch_size=128),
    keep_draws=10,
)
PAPER_DIGITS = Digits(
    pool=1,
    hidden=(1024, 1024),
    settling=2000,
    plan=Plan(None, chains=4, draws=500, burn_in=3000, steps_per_draw=4, batch_size=800),
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
    """calibrate, then one job that trains and measures each setting and seed."""
    first = [Job("digits calibrate", partial(choose_sampler, config, workspace), 60)]
    runs = [
        Job(
            f"digits {setting.name}, seed {seed}",
            partial(run_setting, config, setting, seed, workspace),
            seconds_of(config, seed),
        )
        for setting in settings(config)
        for seed in range(config.seeds)
    ]
    return [Round("digits sampler", first), Round("digits", runs)]


def seconds_of(config: Digits, seed: int) -> float:
    """Expected length of a job, most of it the chains'."""
    path = len(path_steps(config)) if seed < config.path_seeds else 0
    examples = config.plan.batch_size * chain_steps(config.plan)
    return 1.5e-3 * config.steps + 3e-6 * (path + len(config.levels)) * examples


def choose_sampler(config: Digits, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """ε, nβ and γ for every estimate: chosen where seed 0 of the base setting reaches the middle level."""
    data = images(config, workspace)
    run = train(config, base_setting(config), 0, data, workspace)
    step = run.matched[len(run.matched) // 2] if run.matched else run.path[-1]
    _, rows = free_calibration(
        mlp.cross_entropy,
        run.weights[step],
        data.data,
        Langevin(),
        burn_in=config.settling,
        batch_size=config.plan.batch_size,
        seed=workspace.seed_of("digits calibrate"),
        step=step,
        distribution=distribution(base_setting(config), 0),
    )
    return {"calibration": rows}


def run_setting(config: Digits, setting: Setting, seed: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Train one seed of one setting; λ̂ along the path and at the loss levels."""
    data, sampler = images(config, workspace), chosen_sampler(workspace.read("calibration"))
    run = train(config, setting, seed, data, workspace)
    path = run.path if seed < config.path_seeds else []
    wanted = sorted({*path, *run.matched})
    if not wanted:
        return {}
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
    return llc_tables(estimates, places, wall_s, config.keep_draws) | {"digits_step": steps}


@dataclass(frozen=True)
class Run:
    """weights: step → parameters; path: checkpoints; matched: the step that reached each level, in order."""

    weights: dict[int, dict[str, Tensor]]
    path: list[int]
    matched: list[int]


def train(config: Digits, setting: Setting, seed: int, data: digits.Digits, workspace: Workspace) -> Run:
    """One seed of one setting. A level is reached at the first look at which the training loss is below it.

    The looks are 2 % of the way apart, so that no run falls far below the level before it is seen.
    """
    widths = (data.x.shape[1], *config.hidden, digits.CLASSES)
    start = mlp.initial(widths, workspace.seed_of("digits start", seed))
    params = {name: tensor[None] for name, tensor in start.items()}
    saves, run = path_steps(config), Run({}, [], [])
    stops = {*saves, *growing_steps(config.steps)}
    order = workspace.seed_of("digits train", setting.name, seed)
    training = (mlp.cross_entropy, params, data.data, setting.optimiser, setting.batch_size, stops, order)
    for step, now in train_stacked(*training):
        (loss,) = stacked_losses(now, data.data)
        passed = [level for level in config.levels[len(run.matched) :] if loss < level]
        if passed or step in saves:
            run.weights[step] = {name: tensor[0].clone() for name, tensor in now.items()}
        run.matched.extend(step for _ in passed)
        run.path.extend([step] if step in saves else [])
    return run


def path_steps(config: Digits) -> set[int]:
    """Steps that are saved on the way."""
    return {step for step in checkpoint_steps(config.steps, config.save_every) if step >= config.first_save}


def chosen_sampler(calibration: pd.DataFrame) -> Langevin:
    """The sampler that the calibration on digits chose."""
    grid = calibration[calibration["distribution"].str.startswith("digits") & (calibration["part"] != "dial")]
    chosen = grid[grid["chosen"]].iloc[0]
    return Langevin(float(chosen["epsilon"]), float(chosen["nbeta"]), float(chosen["gamma"]))


def images(config: Digits, workspace: Workspace) -> digits.Digits:
    """The training and test sets of all runs."""
    return digits.split(config.images, workspace.seed_of("digits split"), config.pool)


def distribution(setting: Setting, seed: int) -> str:
    """What rows of one run are named by."""
    return f"digits, {setting.name}, seed {seed}"
