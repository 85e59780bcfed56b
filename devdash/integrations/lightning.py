"""A callback for Lightning: `Trainer(…, callbacks=[DevdashCallback("my-run")])`."""

try:
    from lightning.pytorch.callbacks import Callback
except ImportError:  # the package by its older name
    from pytorch_lightning.callbacks import Callback

from devdash.recording.api import init
from devdash.recording.recorder import Recorder


class DevdashCallback(Callback):
    """Records what the module logs, and checkpoints on devdash's schedule.

    name: of the run. settings: those of `devdash.init`. part: the name of the module's attribute that is the
    model, such as "net"; None: the module itself. run: the recorder, once training has begun. Only the first
    process of several records.
    """

    def __init__(self, name: str, part: str | None = None, **settings):
        self.name, self.part, self.settings = name, part, settings
        self.run: Recorder | None = None

    def on_train_start(self, trainer, module) -> None:
        if trainer.is_global_zero and self.run is None:
            model = module if self.part is None else getattr(module, self.part)
            self.run = init(self.name, model, **self.settings)

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        if self.run is not None:
            self.run.log(dict(trainer.logged_metrics), step=trainer.global_step)

    def on_validation_end(self, trainer, module) -> None:
        if self.run is not None and not trainer.sanity_checking:
            self.run.log(dict(trainer.logged_metrics), step=trainer.global_step)

    def on_train_end(self, trainer, module) -> None:
        if self.run is not None:
            self.run.finish()

    def on_exception(self, trainer, module, exception) -> None:
        if self.run is not None:
            self.run.close("failed")
