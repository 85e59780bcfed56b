"""A callback for transformers' Trainer: `Trainer(…, callbacks=[DevdashCallback("my-run")])`."""

from transformers import TrainerCallback

from devdash.recording.api import init
from devdash.recording.recorder import Recorder

NOT_LOGGED = ("epoch", "total_flos")


class DevdashCallback(TrainerCallback):
    """Records what the Trainer logs, and checkpoints on devdash's own schedule, beside the Trainer's.

    name: of the run. settings: those of `devdash.init`. run: the recorder, once training has begun. Only
    the first process of several records.
    """

    def __init__(self, name: str, **settings):
        self.name, self.settings = name, settings
        self.run: Recorder | None = None

    def on_train_begin(self, args, state, control, model=None, **_) -> None:
        if state.is_world_process_zero and self.run is None:
            config = {name: value for name, value in args.to_dict().items() if value is not None}
            self.run = init(self.name, model, **({"config": config} | self.settings))

    def on_step_end(self, args, state, control, **_) -> None:
        if self.run is not None:
            self.run.log({}, step=state.global_step)

    def on_log(self, args, state, control, logs=None, **_) -> None:
        if self.run is not None:
            values = {name: value for name, value in (logs or {}).items() if name not in NOT_LOGGED}
            self.run.log(values, step=state.global_step)

    def on_train_end(self, args, state, control, **_) -> None:
        if self.run is not None:
            self.run.finish()
