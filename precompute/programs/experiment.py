"""Programs as singularities: Turing machines with smooth tuples, their geometry and their posterior.

Source: Clift, Murfet, Wallbridge 2021, "Geometry of Program Synthesis" (arXiv 2103.16080).
"""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from devdash.distributions.synthesis_problems import PROBLEMS, words
from devdash.measures.programs import geometry as program_geometry
from devdash.models.turing_compiled import Loss
from devdash.pipeline.experiment import Experiment, Job, Round, Workspace
from devdash.sampling.simplices import Sweeps
from precompute.judge import claims_round
from precompute.programs.claims import claims
from precompute.programs.posterior import PosteriorOfPrograms, Reported, posterior_jobs, reported_jobs

LONGEST_CHECKED = 6  # letters of the words on which smooth and discrete runs are compared, and of those shown
# lengths and steps at which edges are measured; at the last one of a problem the page runs it live
GEOMETRY = (
    ("always-reject", 1, 3, 5),
    ("parityA", 1, 3, 4),
    ("parityA", 1, 3, 5),
    ("parityCheck", 1, 4, 19),
    ("detectA", 1, 3, 3),
    ("detectA", 1, 3, 4),
    ("detectA", 1, 3, 5),
    ("detectA", 1, 4, 6),
)
ENOUGH = {"always-reject": 1, "detectA": 6, "parityA": 6, "parityCheck": 37}  # steps for 6 letters


@dataclass(frozen=True)
class Config:
    """All settings of the experiment."""

    posterior: PosteriorOfPrograms = field(default_factory=PosteriorOfPrograms)
    reported: Reported = field(default_factory=Reported)


LAPTOP = Config()
SMOKE = Config(
    posterior=PosteriorOfPrograms(
        n=(200.0, 10_000.0), spare=(6,), longest=(4,), chains=2, temperatures=3, sweeps=Sweeps(20, 60, 20)
    ),
    reported=Reported(
        longest=(7, 10),
        datasets=2,
        sweeps=Sweeps(2, 8, 8),
        check_longest=(5,),
        check_steps=(24,),
        check_datasets=1,
        check_sweeps=Sweeps(1, 4, 4),
        chains=2,
        temperatures=3,
    ),
)
PAPER = Config(
    posterior=PosteriorOfPrograms(sweeps=Sweeps(10_000, 40_000)),
    reported=Reported(
        datasets=100, sweeps=Sweeps(5000, 10_000), check_datasets=100, check_sweeps=Sweeps(5000, 10_000)
    ),
)


def rounds(config: Config, workspace: Workspace) -> list[Round]:
    """Codes and edges, then chains, then the claims."""
    codes = [Job("codes", check_codes, 5)]
    codes += [Job(f"edges {_name(*setting)}", partial(measure_edges, *setting), 3) for setting in GEOMETRY]
    chains = posterior_jobs(config.posterior, workspace) + reported_jobs(config.reported, workspace)
    return [Round("geometry", codes), Round("posterior", chains), claims_round(claims, workspace)]


def check_codes() -> dict[str, pd.DataFrame]:
    """The tables of tuples, the words with their answers, and whether the codes give them."""
    codes, solutions, metrics = [], [], []
    for name, problem in PROBLEMS.items():
        machine = problem.machine
        for place, (symbol, state) in enumerate(machine.pairs):
            write, following, move = problem.table[symbol, state]
            codes.append(
                {
                    "problem": name,
                    "place": place,
                    "symbol": symbol,
                    "state": state,
                    "write": write,
                    "next_state": following,
                    "move": move,
                    "start_state": machine.start,
                }
            )
        texts, chance = words(1, LONGEST_CHECKED)
        answers = problem.answers(texts)
        loss = Loss(machine, texts, answers, chance, ENOUGH[name])(problem.code()[None])[0]
        gap = program_geometry.difference_from_discrete(machine, problem.table, texts, ENOUGH[name])
        setting = f"1 to {LONGEST_CHECKED} letters, t = {ENOUGH[name]}"
        metrics += [
            _metric("loss K at the code (nats)", name, setting, loss),
            _metric("smooth run − discrete machine, largest difference", name, setting, gap),
        ]
        solutions += [
            {"problem": name, "word": text, "answer": machine.states[answer]}
            for text, answer in zip(texts, answers, strict=True)
        ]
    return {
        "program_code": pd.DataFrame(codes),
        "program_word": pd.DataFrame(solutions),
        "metric": pd.DataFrame(metrics),
    }


def _metric(name: str, problem: str, setting: str, value: float) -> dict:
    return {
        "step": 0,
        "name": name,
        "component": problem,
        "distribution": setting,
        "value": value,
        "std_err": 0.0,
    }


def measure_edges(name: str, shortest: int, longest: int, steps: int) -> dict[str, pd.DataFrame]:
    """K(e) from the code towards every wrong entry, and its order of vanishing."""
    problem = PROBLEMS[name]
    texts, chance = words(shortest, longest)
    loss = Loss(problem.machine, texts, problem.answers(texts), chance, steps)
    edges = program_geometry.edges(problem.machine, problem.code(), loss)
    setting = {"problem": name, "shortest": shortest, "longest": longest, "steps": steps}
    return {
        "program_edge": _with(setting, edges.replace(np.inf, np.nan)),
        "program_order": _with(setting, program_geometry.orders(edges)),
    }


def _with(setting: dict, rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(setting, index=rows.index).join(rows)


def _name(problem: str, shortest: int, longest: int, steps: int) -> str:
    return f"{problem} a={shortest} b={longest} t={steps}"


EXPERIMENT = Experiment(
    name="programs",
    title="Programs as singularities",
    paper="arXiv 2103.16080",
    presets={"smoke": SMOKE, "laptop": LAPTOP, "paper": PAPER},
    rounds=rounds,
    parameters=lambda config: max(problem.machine.dimension for problem in PROBLEMS.values()),
)
