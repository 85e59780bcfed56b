"""The heads experiment: how attention heads differentiate, and the multigram circuit.

Source: Wang, Hoogland, van Wingerden, Furman, Murfet 2024, "Differentiation and Specialization of
Attention Heads via the Refined Local Learning Coefficient" (arXiv 2410.02984); Baker et al. 2025 (arXiv
2504.18274) and Wang et al. 2025 (arXiv 2508.00331) for susceptibilities and their map. It measures the
models of a run of the language experiment, which has to be there with its checkpoints.
"""

from dataclasses import dataclass, field, replace

from devdash.measures.heads.kinds import Types
from devdash.measures.heads.token_tags import Tagging
from devdash.pipeline.runner import Experiment, Round, Workspace
from precompute.heads import ablate as heads_ablate
from precompute.heads import analyse as heads_analyse
from precompute.heads import llc as heads_llc
from precompute.heads import source as heads_source
from precompute.heads.ablate import Ablations
from precompute.heads.claims import claims
from precompute.heads.llc import HeadChains
from precompute.judge import claims_round
from precompute.language import experiment as language


@dataclass(frozen=True)
class Config:
    """All settings. preset and source: of the language run whose main model is measured. texts: in the
    evaluation set, shared out between kinds of text as in training."""

    preset: str = "laptop"
    source: language.Config = field(default_factory=language.Config)
    texts: int = 512
    tagging: Tagging = field(default_factory=Tagging)
    types: Types = field(default_factory=Types)
    ablations: Ablations = field(default_factory=Ablations)
    chains: HeadChains = field(default_factory=HeadChains)
    neighbours: int = 30


LAPTOP = Config()
SMOKE = Config(
    preset="smoke",
    source=language.SMOKE,
    texts=16,
    tagging=Tagging(count=5, probability=0.3, skip_count=5, skip_probability=0.3),
    ablations=Ablations(steps=3, delta=0.01, shown=20),
    chains=HeadChains(
        chains=2,
        draws=8,
        burn_in=2,
        batch_size=4,
        examples=64,
        steps=4,
        refined=3,
        observed=2,
        observed_texts=8,
        nbetas=(10.0,),
        gammas=(),
    ),
    neighbours=5,
)
PAPER = replace(
    LAPTOP,
    preset="paper",
    source=language.PAPER,
    texts=1024,
    chains=HeadChains(gamma=200.0, chains=4, draws=200, burn_in=0, batch_size=32, steps=80, refined=80),
)


def rounds(config: Config, workspace: Workspace) -> list[Round]:
    """Tokens and their tags, then ablations and λ̂ of heads, then the analysis and the claims."""
    return [
        Round("tokens", heads_source.tasks(config, workspace)),
        Round("ablate", heads_ablate.tasks(config, workspace)),
        Round("LLC of heads", heads_llc.tasks(config, workspace)),
        Round("analyse", heads_analyse.tasks(config, workspace)),
        claims_round(claims, workspace),
    ]


EXPERIMENT = Experiment(
    name="heads",
    title="Attention heads",
    paper="arXiv 2410.02984, 2504.18274, 2508.00331",
    presets={"smoke": SMOKE, "laptop": LAPTOP, "paper": PAPER},
    rounds=rounds,
    parameters=lambda config: config.source.shape.weights,
    facts=heads_source.facts,
)
