"""How a model of others is measured: one plan for all its checkpoints."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from devdash.adapters.data import examples
from devdash.adapters.task import Task
from devdash.measuring.identity import component_identity, sample, short, task_identity
from devdash.sampling import checks
from devdash.sampling.components import select
from devdash.sampling.plan import Plan, lengths

SIZES = ("chains", "draws", "burn_in", "steps_per_draw", "batch_size", "seed", "memory_mb", "sampler")


@dataclass(frozen=True)
class Measuring:
    """plan: of all estimates; its sampler is None where it is to be calibrated. components: name → what
    moves, beside the whole model. moving: the parameters that move in the whole model. probe: whether
    outputs are followed. texts: whether there are texts to read. identity: what the task was, in hashes.
    """

    plan: Plan
    components: Mapping[str, object] = field(default_factory=dict)
    moving: tuple[str, ...] = ()
    probe: bool = False
    texts: bool = False
    identity: Mapping[str, object] = field(default_factory=dict)

    def describe(self) -> dict:
        """What run.json says, and what a second measuring is compared with."""
        plan = {name: getattr(self.plan, name) for name in SIZES}
        components = {name: component_identity(part) for name, part in self.components.items()}
        return {"plan": plan, "components": components, **self.identity}


def measuring(
    task: Task, point, components: Mapping[str, object], settings: Mapping[str, object]
) -> Measuring:
    """Checked settings with everything filled in that `estimate_llc` would fill in by itself.

    point: of any checkpoint. settings: fields of `Plan`, by name.
    """
    plan = Plan(**checks.names(settings, [one.name for one in fields(Plan)]))
    moving = tuple(task.moving(point))
    data, size = checks.data(task.examples.tensors, plan.batch_size)
    weights = sum(select(point, list(moving)).sizes())
    plan = replace(lengths(plan, weights, size * checks.tokens(data)), batch_size=size)
    for name, component in components.items():
        try:
            select(point, component)
        except ValueError as error:
            raise ValueError(f"component {name!r}: {error}") from None
    identity = task_identity(task)
    if task.probe is not None:
        identity["probe"] = short(*(sample(part) for part in probe_of(task)))
    texts = task.tokens is not None
    if texts:
        identity["texts"] = short(sample(task.tokens.tokens))
    return Measuring(plan, dict(components), moving, task.probe is not None, texts, identity)


def probe_of(task: Task) -> tuple:
    """The probe inputs as tensors."""
    return examples(task.probe).tensors


def differences(before: Mapping, now: Mapping, prefix: str = "") -> list[str]:
    """Names of settings that both have and that differ, parts by dots."""
    names = []
    for name in before.keys() & now.keys():
        one, other = before[name], now[name]
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            names += differences(one, other, f"{prefix}{name}.")
        elif one != other:
            names.append(prefix + name)
    return sorted(names)
