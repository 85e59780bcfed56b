"""A GPT-2 that Trainer trains for two minutes on text at hand, on all pages of language models (extra hf)."""

import sysconfig
from pathlib import Path

import numpy as np
import tokenizers
import transformers

import devdash
from devdash.integrations.transformers import DevdashCallback

files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
tokenizer = tokenizers.ByteLevelBPETokenizer()
tokenizer.train([str(file) for file in files], vocab_size=500, show_progress=False)
ids = np.concatenate([tokenizer.encode(file.read_text("utf-8")).ids for file in files])
tokens = np.random.default_rng(0).permutation(ids[: len(ids) // 65 * 65].reshape(-1, 65))

config = transformers.GPT2Config(
    vocab_size=500, n_positions=64, n_embd=64, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0
)
model = transformers.GPT2LMHeadModel(config)
rows = [{"input_ids": row, "labels": row} for row in tokens[:, :64]]
settings = transformers.TrainingArguments(
    "out",
    max_steps=2000,
    per_device_train_batch_size=16,
    learning_rate=2e-3,
    logging_steps=20,
    save_strategy="no",
    report_to=[],
)
callbacks = [DevdashCallback("gpt2", per_decade=1, every=250)]
transformers.Trainer(model, settings, train_dataset=rows, callbacks=callbacks).train()

task = devdash.causal_lm(model, tokens, tokenizer=tokenizer)
if __name__ == "__main__":
    sampler = devdash.sampling.Langevin(epsilon=1e-3, nbeta=30.0, gamma=300.0)  # else it is calibrated
    chains = {"draws": 60, "burn_in": 40, "batch_size": 4}
    print(devdash.measure("gpt2", task, heads=True, workers=2, sampler=sampler, **chains))
