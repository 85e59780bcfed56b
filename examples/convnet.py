"""A ConvNet with BatchNorm and dropout: the checkpoint's own running statistics, in evaluation mode."""

import torch
from sklearn.datasets import load_digits
from torch import nn

import devdash

torch.manual_seed(0)
digits = load_digits()
x = torch.tensor(digits.images[:, None] / 16, dtype=torch.float32)
y = torch.tensor(digits.target)
model = nn.Sequential(
    nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Dropout(0.2), nn.Linear(288, 10)
)
optimiser = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)

run = devdash.init("convnet", model, per_decade=3)
for step in range(1, 101):
    batch = torch.randint(1500, (64,))
    loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    run.log({"train": {"loss": loss}}, step=step)
run.finish()

task = devdash.Task(
    model,
    lambda outputs, batch: nn.functional.cross_entropy(outputs, batch[1], reduction="none"),
    data=torch.utils.data.TensorDataset(x[:1500], y[:1500]),
    probe=(x[1500:],),
)
print(devdash.preview(task, "5"))
chains = {"chains": 2, "draws": 40, "burn_in": 40, "steps_per_draw": 1, "batch_size": 64}
print(devdash.measure("convnet", task, components={"read-out": "5"}, **chains))
