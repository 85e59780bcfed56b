"""The logic experiment: 2-simplicial attention on three-wise matching, and on boards with bridges.

Source: Clift, Doryn, Murfet, Wallbridge 2019, "Logic and the 2-Simplicial Transformer" (arXiv 1909.00668).
Of the paper's advantage on boards nothing is assumed here: both agents learn with equal budgets, and what
is measured is shown.
"""

from dataclasses import dataclass, field

from devdash.distributions.match3 import Match3
from devdash.models.simplicial import SimplicialShape, size
from devdash.pipeline.experiment import Experiment, Round, Workspace
from devdash.sampling import Langevin
from devdash.sampling.plan import Plan
from devdash.training.run import Training
from precompute.judge import claims_round
from precompute.logic.boards import LAPTOP_BOARDS, PAPER_BOARDS, SMOKE_BOARDS, Boards, boards_rounds
from precompute.logic.claims import claims
from precompute.logic.match3 import Estimates, Matching
from precompute.logic.match3_measures import match3_rounds


@dataclass(frozen=True)
class Config:
    """All settings of the experiment."""

    match3: Matching = field(default_factory=Matching)
    boards: Boards = LAPTOP_BOARDS


LAPTOP = Config()
SMOKE = Config(
    match3=Matching(
        sets=Match3(entities=4, modulus=4),
        pairs=SimplicialShape(8, 1, 4, 1, 4, 0, 8, 1),
        plain=SimplicialShape(8, 1, 8, hidden=8, blocks=1),
        deep=SimplicialShape(8, 1, 8, hidden=8, blocks=2, shared=False),
        broad=SimplicialShape(8, 2, 8, hidden=8, blocks=1),
        training=Training(
            steps=40,
            batch_size=32,
            learning_rate=1e-2,
            betas=(0.9, 0.999),
            weight_decay=0.0,
            warm_up=0,
            cooled=0.0,
            per_decade=2,
            every=20,
        ),
        seeds=2,
        tested=256,
        llc=Estimates(
            Plan(Langevin(1.5e-5, 100.0, 300.0), chains=2, draws=10, burn_in=4, batch_size=16),
            examples=128,
            checkpoints=3,
            kept_draws=5,
        ),
    ),
    boards=SMOKE_BOARDS,
)
PAPER = Config(boards=PAPER_BOARDS)


def rounds(config: Config, workspace: Workspace) -> list[Round]:
    """Match3, the boards, then the claims."""
    return [
        *match3_rounds(config.match3, workspace),
        *boards_rounds(config.boards, workspace),
        claims_round(claims, workspace),
    ]


EXPERIMENT = Experiment(
    name="logic",
    title="Logic and the 2-simplicial transformer",
    paper="arXiv 1909.00668",
    presets={"smoke": SMOKE, "laptop": LAPTOP, "paper": PAPER},
    rounds=rounds,
    parameters=lambda config: size(config.boards.simplicial),
)
