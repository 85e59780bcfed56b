"""A classifier of one's own that Trainer trains: columns by name, Trainer's log, a checkpoint schedule."""

import torch
import transformers
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy

import devdash
from devdash.integrations.transformers import DevdashCallback

torch.manual_seed(0)
digits = load_digits()
pixels, labels = torch.tensor(digits.data / 16, dtype=torch.float32), torch.tensor(digits.target)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, 12), nn.GELU(), nn.Linear(12, 10))

    def forward(self, pixels, labels=None):
        logits = self.layers(pixels)
        return {"loss": None if labels is None else cross_entropy(logits, labels), "logits": logits}


def loss(outputs, batch):
    return cross_entropy(outputs["logits"], batch["labels"], reduction="none")


rows = [{"pixels": x, "labels": y} for x, y in zip(pixels, labels, strict=True)]
settings = transformers.TrainingArguments(
    "out", max_steps=100, logging_steps=10, save_strategy="no", report_to=[]
)
model, callbacks = Net(), [DevdashCallback("trainer", per_decade=3)]
transformers.Trainer(model, settings, train_dataset=rows, callbacks=callbacks).train()

task = devdash.Task(model, loss, {"pixels": pixels, "labels": labels})
print(devdash.measure("trainer", task, chains=2, draws=20, burn_in=10, batch_size=64))
