"""One optimiser per file: settings with a method build, then State, init, update.

Parameters are dicts of stacked tensors (model, …); an optimiser asks for gradients as often as it needs.
"""

from devdash.training.optimisers.entropy_sgd import EntropySGD
from devdash.training.optimisers.nesterov import Nesterov

__all__ = ["EntropySGD", "Nesterov"]
