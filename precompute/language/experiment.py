"""The language experiment: stages of a small attention-only transformer in training, and its one-layer twin.

Source: Hoogland, Wang, Farrugia-Roberts, Carroll, Wei, Murfet 2024, "The Developmental Landscape of
In-Context Learning" (arXiv 2402.02364).
"""

from dataclasses import dataclass, field, replace

from devdash.models.transformer import Shape
from devdash.pipeline.experiment import Experiment, Option, Round, Workspace
from devdash.sampling import SGLD, Langevin
from devdash.sampling.plan import Plan
from devdash.training.run import Training
from precompute.judge import claims_round
from precompute.language import analyse, data, llc, measure, models, source
from precompute.language.claims import claims
from precompute.language.data import Corpus
from precompute.language.llc import Estimates
from precompute.language.measure import Measures


@dataclass(frozen=True)
class Config:
    """All settings of the experiment. seeds: two-layer models; the twin has the first one's seed.
    twin_steps: where the twin ends earlier. amplitude: of the positions at the start. trained: a folder
    among the checkpoints with a training that was done elsewhere (`elsewhere`); None: train here."""

    shape: Shape = field(default_factory=lambda: Shape(2, 8, 128, 128, 1024, head_width=32))
    corpus: Corpus = field(default_factory=Corpus)
    training: Training = field(default_factory=Training)
    seeds: int = 2
    twin_steps: int | None = None
    amplitude: float = 1.0
    trained: str | None = None
    measures: Measures = field(default_factory=Measures)
    llc: Estimates = field(default_factory=Estimates)


LAPTOP = Config()
SMOKE = Config(
    shape=Shape(2, 2, 16, 32, 300, head_width=8),
    corpus=Corpus(source="synthetic", characters=60_000),
    training=Training(steps=80, every=40, per_decade=4, warm_up=10),
    seeds=1,
    measures=Measures(sequences=32, contexts=64, texts=4),
    llc=Estimates(
        Plan(SGLD(1e-3, 30.0, 300.0), chains=2, draws=12, burn_in=4, batch_size=4),
        examples=64,
        refined=8,
        swept=16,
        nbetas=(10.0,),
    ),
)
PAPER = replace(
    LAPTOP,
    shape=Shape(2, 8, 256, 1024, 5000, head_width=32),
    corpus=Corpus(characters=100_000_000),
    training=Training(
        steps=50_000,
        batch_size=100,
        learning_rate=1e-3,
        betas=(0.9, 0.999),
        warm_up=0,
        cooled=0.0,
        every=100,
        half=True,
    ),
    measures=Measures(sequences=1024, contexts=10_000),
    llc=Estimates(Plan(SGLD(1e-3, 30.0, 300.0), chains=20, draws=200, burn_in=0, batch_size=100)),
)

# trained in minutes of a GPU, measured in hours of two cores: windows of 128 tokens behind λ̂
GPU = replace(
    PAPER,
    corpus=Corpus("large", 100_000_000, seed=0),
    training=replace(PAPER.training, steps=20_000, every=2500, compact=True),
    seeds=1,
    twin_steps=10_000,
    amplitude=0.1,
    measures=Measures(sequences=205, probes=32, contexts=2048, texts=4, thinned=5, reach=256, others=2),
    llc=Estimates(
        Plan(Langevin(1.5e-3, 30.0, 300.0), chains=2, draws=26, burn_in=11, batch_size=16),
        examples=4096,
        window=128,
        refined=13,
        swept=3,
        thinned=2,
        nbetas=(3.0, 10.0, 100.0),
    ),
)


def rounds(config: Config, workspace: Workspace) -> list[Round]:
    """Data, then training, then what is measured at every checkpoint, then the analysis and the claims."""
    return [
        Round("data", data.jobs(config, workspace)),
        Round("train", models.jobs(config, workspace)),
        Round("measure", measure.jobs(config, workspace)),
        Round("LLC", llc.jobs(config, workspace)),
        Round("analyse", analyse.jobs(config, workspace)),
        claims_round(claims, workspace),
    ]


def facts(config: Config, workspace: Workspace) -> dict:
    """For run.json: what the text was, and where the models come from."""
    return data.corpus_facts(workspace) | models.training_facts(config, workspace)


EXPERIMENT = Experiment(
    name="language",
    title="Language models",
    paper="arXiv 2402.02364, 2410.02984",
    presets={"smoke": SMOKE, "laptop": LAPTOP, "gpu": GPU, "paper": PAPER},
    rounds=rounds,
    parameters=lambda config: config.shape.weights,
    facts=facts,
    options=(
        Option(
            "corpus", "corpus.source", "TEXT", "a file or folder of your own text, or a Hugging Face data set"
        ),
        Option("trained", "trained", "FOLDER", "a training done elsewhere, among the data's checkpoints"),
    ),
    source=source.source,
)
