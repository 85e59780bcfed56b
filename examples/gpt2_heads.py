"""A GPT-2 that Trainer trains on text: its checkpoints, all heads, texts read along (extra hf)."""

from pathlib import Path

import numpy as np
import transformers

import devdash
from devdash.integrations.transformers import DevdashCallback

text = b"".join(path.read_bytes() for path in sorted(Path(devdash.__file__).parent.rglob("*.py")))
ids = np.frombuffer(text, np.uint8)[: 500 * 33].reshape(500, 33)
config = transformers.GPT2Config(
    vocab_size=256, n_positions=32, n_embd=32, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0
)
model = transformers.GPT2LMHeadModel(config)
rows = [{"input_ids": row, "labels": row} for row in ids[:, :32].astype(int)]
settings = transformers.TrainingArguments(
    "out", max_steps=60, per_device_train_batch_size=8, learning_rate=3e-3, logging_steps=5,
    save_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True,
)  # fmt: skip
callbacks = [DevdashCallback("gpt2", per_decade=3)]
transformers.Trainer(model, settings, train_dataset=rows, callbacks=callbacks).train()


class Bytes:
    def decode(self, ids):
        return bytes(ids).decode("latin-1")


task = devdash.causal_lm(model, ids, tokenizer=Bytes(), contexts=100)
print(devdash.preview(task, "l0h1"))
chains = {"chains": 2, "draws": 20, "burn_in": 20, "steps_per_draw": 1, "batch_size": 8}
print(devdash.measure("gpt2", task, heads=True, **chains))
