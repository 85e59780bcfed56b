"""λ̂ of all heads of a GPT-2 with devinterp, in its environment: python benchmarks/gpt2_peer.py JOB RESULT.

JOB and RESULT: JSON files. As its documentation says: a dataset of `input_ids`, a mask for each head,
`llc()`. What stands between the two marks is what a user writes.
"""

import json
import sys
import tempfile
import time
import warnings
from pathlib import Path

# a user's lines begin
import torch
import transformers
from safetensors.torch import load_file


def head_mask(model, layer, head):
    total = model.config.n_embd
    width = total // model.config.n_head
    masks = {name: torch.zeros_like(part, dtype=torch.bool) for name, part in model.named_parameters()}
    for part in range(3):
        columns = slice(part * total + head * width, part * total + (head + 1) * width)
        masks[f"transformer.h.{layer}.attn.c_attn.weight"][:, columns] = True
        masks[f"transformer.h.{layer}.attn.c_attn.bias"][columns] = True
    masks[f"transformer.h.{layer}.attn.c_proj.weight"][head * width : (head + 1) * width] = True
    return {name: mask for name, mask in masks.items() if mask.any()}


def measured(model, tokens, mask, seed, init_batches, s):
    from datasets import Dataset
    from devinterp.slt.llc import llc

    dataset = Dataset.from_dict({"input_ids": tokens}).with_format("torch")
    with tempfile.TemporaryDirectory() as folder:
        return llc(
            model,
            dataset,
            {},
            param_masks=mask,
            lr=s["epsilon"],
            n_beta=s["nbeta"],
            localization=s["gamma"],
            num_chains=s["chains"],
            num_draws=s["draws"],
            batch_size=s["batch_size"],
            num_burnin_steps=s["burn_in"],
            num_init_loss_batches=init_batches,
            init_seed=seed,
            output_path=Path(folder) / "samples.zarr",
        ).load()


def loaded(config, file):
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**config)).eval()
    model.load_state_dict(load_file(file), strict=False)
    model.tie_weights()
    return model


# a user's lines end


def answers(job: dict) -> list[dict]:
    """A row for each part, seed and number of batches behind ℓ(w*)."""
    warnings.filterwarnings("ignore")
    model = loaded(job["config"], job["file"])
    tokens = torch.load(job["tokens"]).tolist()
    rows = []
    for name in job["parts"]:
        place = None if name == "full" else [int(part) for part in name.removeprefix("head ").split(".")]
        mask = None if place is None else head_mask(model, *place)
        for seed in job["seeds"]:
            for batches in job["init_batches"]:
                start = time.process_time()
                result = measured(model, tokens, mask, 1000 * seed, batches, job["settings"])
                chains = job["settings"]["chains"]
                error = float(result["llc_std"]) / chains**0.5
                row = {"part": name, "seed": seed, "init_batches": batches}
                row["cpu_s"] = time.process_time() - start
                rows.append(row | {"llc": float(result["llc_mean"]), "std_err": error})
    return rows


if __name__ == "__main__":
    torch.set_num_threads(1)
    Path(sys.argv[2]).write_text(json.dumps(answers(json.loads(Path(sys.argv[1]).read_text()))))
