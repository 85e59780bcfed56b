"""An MLP in a loop of one's own: recorded, measured, and on every page of the app (devdash app)."""

import torch
from torch import nn

import devdash

torch.manual_seed(0)
x = torch.randn(1000, 2)
y = (x[:, 0] * x[:, 1] > 0).long()
model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
optimiser = torch.optim.Adam(model.parameters(), 1e-2)

run = devdash.init("mlp", model, per_decade=6)
for step in range(1, 301):
    batch = torch.randint(len(x), (64,))
    loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    run.log({"train_loss": loss}, step=step)
run.finish()


def cross_entropy(outputs, batch):
    return nn.functional.cross_entropy(outputs, batch[1], reduction="none")


task = devdash.Task(model, cross_entropy, data=(x, y), probe=(x[:200],))
if __name__ == "__main__":
    print(devdash.measure("mlp", task, chains=32, draws=100))
