"""Checkpoints that something else has written: names with steps in them, safetensors or .pt."""

import tempfile
from pathlib import Path

import torch
from torch import nn

import devdash

torch.manual_seed(0)
x = torch.randn(500, 4)
y = x @ torch.tensor([[1.0], [-1.0], [0.5], [0.0]]) + 0.3 * torch.randn(500, 1)
model = nn.Linear(4, 1)
folder = Path(tempfile.mkdtemp()) / "linear"
folder.mkdir()
for step in range(101):  # the training of someone else
    if step % 10 == 0:
        torch.save({"state_dict": model.state_dict()}, folder / f"epoch=0-step={step}.ckpt")
    model.zero_grad()
    (model(x) - y).square().mean().backward()
    with torch.no_grad():
        for weight in model.parameters():
            weight -= 0.05 * weight.grad

task = devdash.Task(model, lambda outputs, batch: (outputs - batch[1]).square().sum(-1) / 2, data=(x, y))
measured = devdash.measure(folder, task, draws=100, burn_in=100)
print(measured.llc.to_string())
