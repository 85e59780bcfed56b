"""The models of this repository at which `calibrate` is tried, each a loss, w* and data."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from torch import Tensor

from benchmarks.llc import ours, problems
from benchmarks.llc.__main__ import TRANSFORMER_STEPS, make_problems
from devdash.distributions import one_feature
from devdash.models import mlp, relu_network
from devdash.models.kgons import kgon, parse
from devdash.models.superposition import per_example_loss
from devdash.models.transformer import head
from devdash.pipeline.experiment import Workspace
from precompute.degeneracy import digits, relu
from precompute.language import llc as language
from precompute.language.experiment import EXPERIMENT as LANGUAGE
from precompute.logic import match3_measures
from precompute.logic.experiment import EXPERIMENT as LOGIC
from precompute.regression import llc as regression
from precompute.regression.experiment import EXPERIMENT as REGRESSION

EXAMPLES = 5000  # of the toy model
SMALLER = replace(problems.SHAPE, width=64, context=32, vocabulary=250)  # than the benchmark's transformer


@dataclass(frozen=True)
class Point:
    """What `estimate_llc` gets."""

    loss: Callable
    params: Mapping[str, Tensor]
    data: tuple[Tensor, ...]
    component: object = None

    def on(self, device: str) -> "Point":
        """The same, with weights and data on a device."""
        params = {name: tensor.to(device) for name, tensor in self.params.items()}
        return replace(self, params=params, data=tuple(tensor.to(device) for tensor in self.data))


PROBLEMS = (
    ("deep linear network", "deep linear", None),
    ("tanh network", "tanh", None),
    ("smaller transformer, a head", "smaller transformer", head(1, 3)),
    ("smaller transformer, all weights", "smaller transformer", None),
    ("transformer, a head", "transformer", head(1, 3)),
    ("transformer, all weights", "transformer", None),
)
TRAINED = {
    LOGIC.name: (LOGIC, lambda config, workspace: match3_measures.last_point(config.match3, workspace)),
    REGRESSION.name: (REGRESSION, regression.last_point),
    LANGUAGE.name: (LANGUAGE, language.last_point),
}

RUN = re.compile(rf"(?P<experiment>{'|'.join(TRAINED)})-(?P<preset>\w+)-s(?P<seed>\d+)-\w+")


def points(work: Path, data: Path | None, few: bool) -> Iterator[tuple[str, Callable[[], Point]]]:
    """Names and makers of all; those of trained runs only where their checkpoints lie in the data folder."""
    workspace = Workspace(Path("data", "runs", "calibrations"), 0)
    for name in ("5", "5+", "6"):
        yield f"toy model, {name}-gon", partial(toy, name)
    yield "ReLU network", partial(rectified, workspace)
    yield "digits, SGD", partial(handwritten, workspace)
    for name, folder, component in PROBLEMS:
        yield name, partial(problem, work / folder, component, few)
    for folder in sorted(data.glob("checkpoints/*")) if data else ():
        if run := RUN.fullmatch(folder.name):
            workspace = Workspace(data / "runs" / folder.name, int(run["seed"]))
            yield (
                f"{run['experiment']}, last step",
                partial(trained, run["experiment"], run["preset"], workspace),
            )


def toy(name: str) -> Point:
    """A k-gon of six features on a sample."""
    W, b = kgon(parse(name)[0], 6, *parse(name)[1:])
    x = one_feature.dense(*one_feature.draw(EXAMPLES, 6, 0), 6)

    def loss(params, batch):
        return per_example_loss(params["W"], params["b"], batch[0])

    return Point(loss, {"W": W, "b": b}, (x,))


def rectified(workspace: Workspace) -> Point:
    """The ReLU network on which samplers are compared."""
    config = relu.Relu()
    return Point(
        relu_network.loss, *relu.network(config.compared, config.n, workspace.seed_of("compared net"))
    )


def handwritten(workspace: Workspace) -> Point:
    """Digits, where the base setting's first seed reaches the middle loss level."""
    config = digits.LAPTOP_DIGITS
    images = digits.images(config, workspace)
    run = digits.train(config, digits.base_setting(config), 0, images, workspace)
    return Point(mlp.cross_entropy, run.weights[run.matched[1]], images.data)


def problem(folder: Path, component, few: bool) -> Point:
    """One of the problems of benchmarks.llc, made where it is absent. few: small and hardly trained."""
    if folder.name == "smaller transformer" and not folder.exists():
        size = (60, problems.SMALL, problems.FEW) if few else (TRANSFORMER_STEPS, SMALLER, problems.EXAMPLES)
        problems.transformer(folder, *size)
    elif not folder.exists():
        make_problems(folder.parent, few)
    return Point(*ours.load(folder), component)


def trained(experiment: str, preset: str, workspace: Workspace) -> Point:
    """The last step of a run whose checkpoints are at hand."""
    settings, last_point = TRAINED[experiment]
    return Point(*last_point(settings.presets[preset], workspace))
