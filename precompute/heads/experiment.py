"""The heads experiment: how attention heads differentiate, and the multigram circuit.

Source: Wang, Hoogland, van Wingerden, Furman, Murfet 2024, "Differentiation and Specialization of
Attention Heads via the Refined Local Learning Coefficient" (arXiv 2410.02984); Baker et al. 2025 (arXiv
2504.18274) and Wang et al. 2025 (arXiv 2508.00331) for susceptibilities and their map. It measures the
models of a run of the language experiment, which has to be there with its checkpoints.
"""

from dataclasses import dataclass, field, replace

from devdash.measures.heads.kinds import Types
from devdash.measures.heads.token_tags import Tagging
from devdash.pipeline.experiment import Experiment, Round, Workspace
from devdash.sampling import SGLD
from devdash.sampling.plan import Plan
from precompute.heads import ablate, analyse, llc, source
from precompute.heads.ablate import Ablations
from precompute.heads.claims import claims
from precompute.heads.llc import HeadEstimates
from precompute.judge import claims_round
from precompute.measured_run import MeasuredRun


@dataclass(frozen=True)
class Config:
    """All settings. source: the run whose main model is measured. texts: in the
    evaluation set, shared out between kinds of text as in training. redraws: sets of curves redrawn with
    their errors, on which the stability of clusters rests."""

    source: MeasuredRun = MeasuredRun("language", "laptop")
    texts: int = 512
    tagging: Tagging = field(default_factory=Tagging)
    types: Types = field(default_factory=Types)
    ablations: Ablations = field(default_factory=Ablations)
    llc: HeadEstimates = field(default_factory=HeadEstimates)
    neighbours: int = 30
    redraws: int = 20


LAPTOP = Config()
SMOKE = Config(
    source=MeasuredRun("language", "smoke"),
    texts=16,
    tagging=Tagging(count=5, probability=0.3, skip_count=5, skip_probability=0.3),
    ablations=Ablations(steps=3, delta=0.01, multigrams=20),
    llc=HeadEstimates(
        Plan(SGLD(1e-3, 30.0, 300.0), chains=2, draws=8, burn_in=2, batch_size=4),
        examples=64,
        steps=4,
        refined=3,
        observed=2,
        observed_texts=8,
        nbetas=(10.0,),
        gammas=(),
    ),
    neighbours=5,
    redraws=2,
)
PAPER = replace(
    LAPTOP,
    source=MeasuredRun("language", "paper"),
    texts=1024,
    llc=HeadEstimates(
        Plan(SGLD(1e-3, 30.0, 200.0), chains=4, draws=200, burn_in=0, batch_size=32), steps=80, refined=80
    ),
)


def rounds(config: Config, workspace: Workspace) -> list[Round]:
    """Tokens and their tags, then ablations and λ̂ of heads, then the analysis and the claims."""
    return [
        Round("tokens", source.jobs(config, workspace)),
        Round("ablate", ablate.jobs(config, workspace)),
        Round("LLC of heads", llc.jobs(config, workspace)),
        Round("analyse", analyse.jobs(config, workspace)),
        claims_round(claims, workspace),
    ]


EXPERIMENT = Experiment(
    name="heads",
    title="Attention heads",
    paper="arXiv 2410.02984, 2504.18274, 2508.00331",
    presets={"smoke": SMOKE, "laptop": LAPTOP, "paper": PAPER},
    rounds=rounds,
    parameters=lambda config: config.source.parameters,
    facts=source.facts,
    after=("language",),
)
