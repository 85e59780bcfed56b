"""Trainer and Lightning record as a loop of one's own does."""

import pytest
import torch

from devdash.store.runs import read_run_json
from devdash.store.shards import read_table
from devdash.training import checkpoints


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.delenv("DEVDASH_DATA", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_trainer_of_transformers(tmp_path):
    transformers = pytest.importorskip("transformers", reason="transformers is not installed (extra hf)")
    pytest.importorskip("accelerate", reason="accelerate, which Trainer needs, is not installed (extra hf)")
    from devdash.integrations.transformers import DevdashCallback

    config = transformers.GPT2Config(vocab_size=31, n_positions=16, n_embd=12, n_layer=1, n_head=2)
    model = transformers.GPT2LMHeadModel(config)
    tokens = torch.randint(31, (40, 8))
    rows = [{"input_ids": row, "labels": row} for row in tokens]
    settings = transformers.TrainingArguments(
        output_dir=str(tmp_path / "out"),
        max_steps=12,
        per_device_train_batch_size=4,
        logging_steps=3,
        report_to=[],
        save_strategy="no",
        use_cpu=True,
        disable_tqdm=True,
    )
    callback = DevdashCallback("gpt2", per_decade=4)
    transformers.Trainer(model, settings, train_dataset=rows, callbacks=[callback]).train()
    folder = tmp_path / "devdash-data" / "runs" / "gpt2"
    facts = read_run_json(folder)
    assert facts["status"] == "finished" and facts["config"]["max_steps"] == 12
    assert read_table(folder, "metric").query("name == 'loss'")["step"].tolist() == [3, 6, 9, 12]
    assert checkpoints.steps(callback.run.checkpoints) == [0, 1, 2, 3, 6, 10, 12]
    last = checkpoints.load(callback.run.checkpoints, 12)
    assert torch.equal(last["transformer.wte.weight"], model.transformer.wte.weight.detach())


@pytest.mark.slow
def test_lightning(tmp_path):
    lightning = pytest.importorskip(
        "lightning.pytorch", reason="lightning is not installed (extra lightning)"
    )
    from devdash.integrations.lightning import DevdashCallback

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = torch.nn.Linear(3, 1)

        def training_step(self, batch, _):
            loss = (self.net(batch[0]) - batch[1]).square().mean()
            self.log("train_loss", loss)
            return loss

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.1)

    data = torch.utils.data.TensorDataset(torch.randn(24, 3), torch.randn(24, 1))
    callback = DevdashCallback("net", part="net", per_decade=4)
    trainer = lightning.Trainer(
        max_epochs=2,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        log_every_n_steps=1,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[callback],
    )
    trainer.fit(Module(), torch.utils.data.DataLoader(data, batch_size=4))
    assert checkpoints.steps(callback.run.checkpoints) == [0, 1, 2, 3, 6, 10, 12]
    assert set(checkpoints.load(callback.run.checkpoints, 12)) == {"weight", "bias"}
    rows = read_table(tmp_path / "devdash-data" / "runs" / "net", "metric")
    assert rows["step"].tolist() == list(range(1, 13)) and set(rows["name"]) == {"train_loss"}
