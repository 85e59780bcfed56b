"""The heads experiment: how attention heads differentiate, and the multigram circuit.

Source: Wang, Hoogland, van Wingerden, Furman, Murfet 2024, "Differentiation and Specialization of
Attention Heads via the Refined Local Learning Coefficient" (arXiv 2410.02984); Baker et al. 2025 (arXiv
2504.18274) and Wang et al. 2025 (arXiv 2508.00331) for susceptibilities and their map. It measures the
models of a run of the language experiment, which has to be there with its checkpoints.
"""

from dataclasses import dataclass, field, replace

from devdash.measures.heads.roles import Roles
from devdash.measures.heads.token_tags import Tagging
from devdash.pipeline.experiment import Experiment, Round, Workspace
from devdash.sampling import SGLD, Langevin
from devdash.sampling.plan import Plan
from precompute.heads import ablate, analyse, baselines, llc, source, susceptibility
from precompute.heads.ablate import Ablations
from precompute.heads.baselines import Baselines
from precompute.heads.claims import claims
from precompute.heads.llc import HeadEstimates
from precompute.heads.susceptibility import Observed
from precompute.heads.tokens import Influences
from precompute.judge import claims_round
from precompute.measured_run import MeasuredRun


@dataclass(frozen=True)
class Config:
    """All settings. source: the run whose main model is measured. texts: in the evaluation set, shared out
    between kinds of text as in training, of `window` tokens each (None: the model's context). since: the
    first step of what is measured at few checkpoints. neighbours: of a token in the map, and where kinds
    are told by them. redraws: sets of curves redrawn with their errors, on which the stability of clusters
    rests."""

    source: MeasuredRun = MeasuredRun("language", "laptop")
    texts: int = 512
    window: int | None = None
    since: int = 0
    tagging: Tagging = field(default_factory=Tagging)
    roles: Roles = field(default_factory=Roles)
    ablations: Ablations = field(default_factory=Ablations)
    baselines: Baselines = field(default_factory=Baselines)
    llc: HeadEstimates = field(default_factory=HeadEstimates)
    observed: Observed = field(default_factory=Observed)
    influence: Influences = field(default_factory=Influences)
    neighbours: int = 30
    redraws: int = 20


LAPTOP = Config()
SMOKE = Config(
    source=MeasuredRun("language", "smoke"),
    texts=16,
    tagging=Tagging(count=5, probability=0.3, skip_count=5, skip_probability=0.3),
    ablations=Ablations(steps=3, delta=0.01, multigrams=20, redraws=20),
    baselines=Baselines(sequences=8, passes=2),
    llc=HeadEstimates(
        Plan(SGLD(1e-3, 30.0, 300.0), chains=2, draws=8, burn_in=2, batch_size=4),
        examples=64,
        steps=4,
        refined=3,
        swept=2,
        nbetas=(10.0,),
        gammas=(),
    ),
    observed=Observed(Plan(SGLD(1e-3, 30.0, 300.0), chains=2, draws=8, burn_in=2, batch_size=4), 2, texts=8),
    influence=Influences(reach=12, partners=3),
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
# of models that were trained on a GPU, measured in hours of two cores
GPU = replace(
    LAPTOP,
    source=MeasuredRun("language", "gpu", ("trained=gpu-training",)),
    texts=400,
    window=256,
    since=200,
    ablations=Ablations(steps=12, methods=("mean", "resample"), texts=5, patterns=5, held=0.05),
    llc=HeadEstimates(
        Plan(Langevin(1.5e-3, 30.0, 300.0), chains=2, draws=26, burn_in=11, batch_size=8),
        examples=4096,
        steps=29,
        since=20,
        refined=12,
        nbetas=(3.0, 10.0, 100.0, 300.0),
    ),
    observed=Observed(
        Plan(Langevin(3e-3, 30.0, 300.0), chains=1, draws=120, burn_in=8, batch_size=4), texts=20, reach=128
    ),
)


def rounds(config: Config, workspace: Workspace) -> list[Round]:
    """Tokens and their tags, then what is measured of heads and tokens, then the analysis and the claims."""
    return [
        Round("tokens", source.jobs(config, workspace)),
        Round("ablate", ablate.jobs(config, workspace)),
        Round("LLC of heads", llc.jobs(config, workspace)),
        Round("baselines", baselines.jobs(config, workspace)),
        Round("losses of tokens", susceptibility.jobs(config, workspace)),
        Round("analyse", analyse.jobs(config, workspace)),
        claims_round(claims, workspace),
    ]


EXPERIMENT = Experiment(
    name="heads",
    title="Attention heads",
    paper="arXiv 2410.02984, 2504.18274, 2508.00331",
    presets={"smoke": SMOKE, "laptop": LAPTOP, "gpu": GPU, "paper": PAPER},
    rounds=rounds,
    parameters=lambda config: config.source.parameters,
    facts=source.facts,
    after=("language",),
)
