"""The local learning coefficient against known truths, and what it tells of degeneracy.

Source: Lau, Furman, Wang, Murfet, Wei 2023, "The Local Learning Coefficient: A Singularity-Aware
Complexity Measure" (arXiv 2308.12108); Aoyagi 2024 and Watanabe 2009 for the truths.
"""

from dataclasses import dataclass, field, replace

from devdash.pipeline.experiment import Experiment, Round, Workspace
from devdash.sampling.plan import Plan
from precompute.degeneracy.chains import RuledChains, ThermostatChains
from precompute.degeneracy.claims import claims
from precompute.degeneracy.coverage import coverage_round
from precompute.degeneracy.digits import LAPTOP_DIGITS, PAPER_DIGITS, SMOKE_DIGITS, Digits, digits_rounds
from precompute.degeneracy.linear import PAPER_PLAN, DeepLinear, PaperProtocol, linear_round
from precompute.degeneracy.relu import Relu, relu_round
from precompute.degeneracy.truth import Potentials, ReducedRank, Tanh, Truth, truth_round
from precompute.judge import claims_round


@dataclass(frozen=True)
class Config:
    """All settings of the experiment."""

    truth: Truth = field(default_factory=Truth)
    deep_linear: DeepLinear = field(default_factory=DeepLinear)
    relu: Relu = field(default_factory=Relu)
    digits: Digits = LAPTOP_DIGITS


LAPTOP = Config()
SHORT = RuledChains(0.2, 1.0, Plan(None, 4, 20, 20, 1))
SHORT_SWINGS = ThermostatChains(0.2, 1.0, Plan(None, 4, 20, 20, 1))
SMOKE = Config(
    truth=Truth(
        Potentials((1e3,), SHORT, SHORT, keep=4, grid=11),
        ReducedRank(chains=SHORT_SWINGS),
        Tanh(hidden=4, chains=SHORT_SWINGS),
    ),
    deep_linear=DeepLinear(
        nets=4,
        weights=(30, 300),
        n=1e3,
        chains=SHORT_SWINGS,
        large_chains=SHORT_SWINGS,
        paper=PaperProtocol(replace(PAPER_PLAN, draws=20)),
    ),
    relu=Relu(n=50, compared=(4, 6, 4), factors=(1e-1, 1.0, 1e1), chains=SHORT, compared_chains=SHORT),
    digits=SMOKE_DIGITS,
)
PAPER = Config(
    deep_linear=DeepLinear(
        nets=100,
        weights=(30, 1e8),
        layers=(2, 50),
        large_chains=ThermostatChains(0.03, 10.0, Plan(None, 4, 500, 500_000, 4000)),
        paper=PaperProtocol(replace(PAPER_PLAN, draws=10_000), most_weights=1e8),
    ),
    digits=PAPER_DIGITS,
)


def rounds(config: Config, workspace: Workspace) -> list[Round]:
    """All measurements, then the claims."""
    return [
        truth_round(config.truth, workspace),
        linear_round(config.deep_linear, workspace),
        relu_round(config.relu, workspace),
        *digits_rounds(config.digits, workspace),
        coverage_round(),
        claims_round(claims, workspace),
    ]


EXPERIMENT = Experiment(
    name="degeneracy",
    title="The learning coefficient against known truths",
    paper="arXiv 2308.12108",
    presets={"smoke": SMOKE, "laptop": LAPTOP, "paper": PAPER},
    rounds=rounds,
    parameters=lambda config: int(max(config.deep_linear.weights)),
)
