"""Chains over programs: problems at growing n, with more time and longer words, and the reported settings."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from devdash.distributions.synthesis_problems import PROBLEMS, drawn, words
from devdash.measures.programs import reported_claims
from devdash.measures.programs import tables as program_tables
from devdash.models.turing_compiled import Loss
from devdash.pipeline.experiment import Job, Workspace
from devdash.sampling import simplices
from devdash.sampling.simplices import Sweeps

EXPECTED = "expected counts"
KEPT_DRAWS = 150


@dataclass(frozen=True)
class Setting:
    """A problem with words of shortest … longest letters and n examples, run for some steps.

    dataset: number of a random draw of the examples; −1: every word counts as often as expected.
    """

    problem: str
    shortest: int
    longest: int
    steps: int
    n: float
    dataset: int = -1

    @property
    def keys(self) -> dict:
        """Columns of the tables."""
        return {
            "problem": self.problem,
            "shortest": self.shortest,
            "longest": self.longest,
            "steps": self.steps,
            "n": self.n,
            "sample": self.sample,
        }

    @property
    def sample(self) -> str:
        return EXPECTED if self.dataset < 0 else f"drawn {self.dataset}"

    @property
    def name(self) -> str:
        """What a reader sees."""
        return (
            f"{self.problem}, {self.shortest} to {self.longest} letters, t = {self.steps}, n = {self.n:g}, "
            f"{self.sample}"
        )


@dataclass(frozen=True)
class TemperedChains:
    """chains: of each start, code and prior; temperatures: odd, the middle one is log n."""

    chains: int
    temperatures: int
    sweeps: Sweeps


@dataclass(frozen=True)
class PosteriorOfPrograms:
    """Problems of two states at every n, the largest first; detectA there with other steps and words too."""

    shortest: int = 1
    base_longest: int = 3
    base_steps: int = 5
    n: tuple[float, ...] = (50.0, 200.0, 1000.0, 10_000.0)
    spare: tuple[int, ...] = (3, 4, 6, 8)
    longest: tuple[int, ...] = (2, 4)
    chains: int = 4
    temperatures: int = 5
    sweeps: Sweeps = field(default_factory=Sweeps)

    @property
    def settings(self) -> list[Setting]:
        base = (self.shortest, self.base_longest, self.base_steps)
        settings = [
            Setting(name, *base, n)
            for n in sorted(self.n, reverse=True)
            for name in ("parityA", "detectA", "always-reject")
        ]
        most = max(self.n)
        settings += [
            Setting("detectA", self.shortest, self.base_longest, steps, most) for steps in self.spare
        ]
        settings += [
            Setting("detectA", self.shortest, longest, longest + self.base_steps - self.base_longest, most)
            for longest in self.longest
        ]
        return list(dict.fromkeys(settings))


@dataclass(frozen=True)
class Reported:
    """The settings of the published table: detectA with words of 4 … b letters, parityCheck of 1 … b.

    check_steps: for each of check_longest. Reported are 42 for all; this table of tuples needs 44 for 7
    letters.
    """

    n: float = 200.0
    shortest: int = 4
    longest: tuple[int, ...] = (7, 8, 9, 10)
    steps: int = 10
    datasets: int = 3
    sweeps: Sweeps = field(default_factory=lambda: Sweeps(500, 1000))
    check_longest: tuple[int, ...] = (5, 6, 7)
    check_steps: tuple[int, ...] = (42, 42, 44)
    check_datasets: int = 1
    check_sweeps: Sweeps = field(default_factory=lambda: Sweeps(150, 250))
    chains: int = 2
    temperatures: int = 5


def posterior_jobs(config: PosteriorOfPrograms, workspace: Workspace) -> list[Job]:
    """One job for each setting."""
    chains = TemperedChains(config.chains, config.temperatures, config.sweeps)
    return [_job(setting, chains, workspace) for setting in config.settings]


def reported_jobs(config: Reported, workspace: Workspace) -> list[Job]:
    """parityCheck first: its jobs take longest."""
    check = TemperedChains(config.chains, config.temperatures, config.check_sweeps)
    detect = TemperedChains(config.chains, config.temperatures, config.sweeps)
    lengths = zip(config.check_longest, config.check_steps, strict=True)
    jobs = [
        _job(Setting("parityCheck", 1, longest, steps, config.n, number), check, workspace)
        for longest, steps in lengths
        for number in range(config.check_datasets)
    ]
    jobs += [
        _job(Setting("detectA", config.shortest, longest, config.steps, config.n, number), detect, workspace)
        for longest in config.longest
        for number in range(config.datasets)
    ]
    return [Job("reported values", partial(reported_values, config), 0.1), *jobs]


def _job(setting: Setting, chains: TemperedChains, workspace: Workspace) -> Job:
    sweeps = chains.sweeps.burn_in + chains.sweeps.draws
    runs = sweeps * 2 * chains.chains * chains.temperatures
    return Job(f"chains {setting.name}", partial(sample, setting, chains, workspace), runs * _cost(setting))


def _cost(setting: Setting) -> float:
    """Seconds of one sweep of one chain, about: most proposals are refused before all words have run."""
    machine = PROBLEMS[setting.problem].machine
    inputs = min(setting.n / 2, 2 ** (setting.longest + 1))
    products = setting.steps * (setting.steps * len(machine.symbols) * 3 + len(machine.pairs) * machine.width)
    return len(machine.pairs) * 3 * (2e-6 + inputs * products * 1.5e-10)


def sample(setting: Setting, chains: TemperedChains, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """λ̂ of one setting by both ways; its chains; draws of the problems of two states."""
    problem = PROBLEMS[setting.problem]
    machine, code = problem.machine, problem.code().ravel()
    loss = _loss(setting, workspace)
    heat = program_tables.temperatures(setting.n, chains.temperatures)
    sizes = [len(names) for _ in machine.pairs for _, names in machine.parts.values()]
    generator = np.random.default_rng(workspace.seed_of("starts", setting.name))
    random = simplices.uniform(sizes, (chains.chains,), generator)
    starts = np.concatenate([np.repeat(code[None], chains.chains, axis=0), random])
    draws = simplices.sample(
        loss,
        sizes,
        starts,
        heat,
        len(heat) // 2,
        code,
        chains.sweeps,
        workspace.seed_of("chains", setting.name),
        annealed=np.arange(len(starts)) >= chains.chains,
    )
    burn_in = chains.sweeps.burn_in
    rows = program_tables.temperature_table(draws, heat, burn_in)
    seed = workspace.seed_of("resampled chains", setting.name)
    facts = program_tables.llc_facts(draws, rows, burn_in, seed) | {"dimension": machine.dimension}
    tables = {
        "program_temperature": _with(setting.keys, rows),
        "program_llc": _with(setting.keys, pd.DataFrame([facts])),
    }
    if setting.dataset < 0:
        tables["program_draw"] = _with(setting.keys, program_tables.draw_table(machine, draws))
    return tables | program_tables.shared_tables(draws, rows, setting.name, setting.n, burn_in, KEPT_DRAWS)


def _loss(setting: Setting, workspace: Workspace) -> Loss:
    """nL_n on the examples of a setting."""
    problem = PROBLEMS[setting.problem]
    if setting.dataset < 0:
        texts, chance = words(setting.shortest, setting.longest)
        counts = setting.n * chance
    else:
        seed = workspace.seed_of("examples", setting.name)
        texts, counts = drawn(setting.shortest, setting.longest, int(setting.n), seed)
    return Loss(problem.machine, texts, problem.answers(texts), counts, setting.steps)


def reported_values(config: Reported) -> dict[str, pd.DataFrame]:
    """Values reported for these settings, none of which could be confirmed."""
    return {"program_reported": reported_claims.reported(config.shortest, config.steps, config.n)}


def _with(keys: dict, rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(keys, index=rows.index).join(rows)
