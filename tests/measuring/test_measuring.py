"""devdash.measure of a recorded training or a folder of checkpoints: numbers, resumption, refusals."""

import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import devdash
from devdash.pipeline import attempt as attempts
from devdash.sampling import estimate_llc
from devdash.store.queries import comparison, development, overview, trajectories
from devdash.store.queries.heads import curves
from devdash.store.runs import StoreError
from devdash.store.snapshot import Snapshot, publish
from devdash.training import checkpoints
from tests.measuring.linear import LONG, SHORT, WIDTH, N, X, Y, loss, model_at, record, task


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.delenv("DEVDASH_DATA", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folder(tmp_path):
    """Twelve checkpoints of someone's own."""
    for step in range(0, 1200, 100):
        (tmp_path / "ckpts" / f"step{step}").mkdir(parents=True)
        state = {f"module.{name}": part for name, part in model_at(step).state_dict().items()}
        save_file(state, tmp_path / "ckpts" / f"step{step}" / "model.safetensors")
    return tmp_path / "ckpts"


@pytest.fixture
def jobs(monkeypatch) -> list[str]:
    """Keys of the jobs that are run."""
    ran, plain = [], attempts.attempt

    def noted(job, folder):
        ran.append(job.key)
        return plain(job, folder)

    monkeypatch.setattr("devdash.pipeline.executors.local.attempt", noted)
    return ran


@pytest.mark.slow
def test_recorded_run_is_measured_and_lights_up_the_pages(tmp_path):
    record("linear")
    measured = devdash.measure("linear", task(probe=(X[:30],)), **LONG)
    assert measured.failures == 0 and measured.llc["step"].tolist() == list(range(0, 1200, 100))
    db = Snapshot(publish(tmp_path / "devdash-data"))
    assert overview.runs(db)["status"].tolist() == ["finished"]
    assert set(overview.trends(db)["kind"]) == {"loss", "llc"}
    assert development.stage_runs(db)["run"].tolist() == ["linear"]
    assert len(development.stage_estimates(db, "linear")) == 12
    by_heads = curves.head_stages(db, "linear")
    assert len(by_heads) and by_heads["stage"].is_unique, "those of one setting"
    assert trajectories.trajectory(db, "linear")["step"].tolist() == list(range(0, 1200, 100))
    assert len(comparison.compared(db, "train_loss")) == 11


def test_estimates_are_those_of_estimate_llc_at_the_checkpoint(folder):
    measured = devdash.measure(folder, task(), checkpoints=[0, 1100], **SHORT)
    last = measured.llc.iloc[-1]
    by_hand = estimate_llc(
        lambda params, batch: loss(batch[0] @ params["weight"].T, batch),
        {"weight": model_at(1100).weight.detach()},
        (X, Y),
        **SHORT,
        seed=devdash.measuring.api.Workspace(measured.folder, 0).seed_of("llc", 1100),
    )
    assert last["llc"] == pytest.approx(by_hand.llc, rel=1e-5)
    at_end = measured.table("checkpoint").set_index("step")["train_loss"][1100]
    assert at_end == pytest.approx(float(loss(model_at(1100)(X), (X, Y)).mean()), rel=1e-5)


@pytest.mark.slow
def test_without_a_sampler_one_choice_holds_at_all_minima_and_the_rest_is_marked(folder):
    """λ = d/2 of a regular model; early points, where the gradient still points away, are no minima."""
    measured = devdash.measure(folder, task(), draws=100, burn_in=100, steps_per_draw=4)
    llc = measured.table("llc").sort_values("step")
    assert llc[["epsilon", "nbeta", "gamma"]].nunique().tolist() == [1, 1, 1]
    late = llc[llc["step"] >= 600]
    assert (late["verdict"] == "reliable").all()
    # γ holds each direction: λ̂ = ½ Σ nβ h / (nβ h + γ)
    curvature = torch.linalg.eigvalsh(X.T @ X / N).numpy()
    nbeta, gamma = late[["nbeta", "gamma"]].iloc[0]
    expected = (nbeta * curvature / (nbeta * curvature + gamma)).sum() / 2
    assert late["llc"].mean() == pytest.approx(expected, abs=3 * np.hypot.reduce(late["std_err"]) / len(late))
    assert llc.loc[llc["step"] == 0, "verdict"].item() != "reliable"
    chosen = measured.table("calibration").query("part == 'trajectory'")
    assert len(chosen) == 4 and chosen["reason"].str.contains("for all checkpoints").all()
    assert (
        measured.table("stage")["start_step"] >= llc.loc[llc["verdict"] != "not a minimum", "step"].min()
    ).all()


@pytest.mark.slow
def test_it_goes_on_where_it_stopped_and_with_what_is_added(folder, jobs):
    devdash.measure(folder, task(), checkpoints=[0, 100, 200], **SHORT)
    first = [key for key in jobs if key.startswith("llc")]
    assert first == ["llc 0", "llc 100", "llc 200"]
    jobs.clear()
    devdash.measure(folder, task(), checkpoints=[0, 100, 200], **SHORT)
    assert jobs == []
    measured = devdash.measure(
        folder, task(probe=(X[:9],)), components={"first": {"weight": (0, 0)}}, **SHORT
    )
    assert [key for key in jobs if key.startswith("llc") and "first" not in key] == [
        f"llc {step}" for step in range(300, 1200, 100)
    ]
    assert len(measured.llc) == 24 and len(measured.table("trajectory")) == 36
    assert set(measured.llc["component"]) == {"full", "first"}
    stages = measured.table("stage")
    assert not stages.duplicated(["method", "length_scale", "stage"]).any()


@pytest.mark.slow
def test_a_recorded_run_goes_on_beside_the_outputs_that_were_kept(jobs):
    record("linear")
    few = [0, 100, 200, 300]
    assert len(devdash.measure("linear", task(probe=(X[:30],)), checkpoints=few, **SHORT).llc) == 4
    jobs.clear()
    measured = devdash.measure("linear", task(probe=(X[:30],)), **SHORT)
    assert len(measured.llc) == 12 and measured.table("trajectory")["step"].nunique() == 12
    assert [key for key in jobs if key.startswith("llc")] == [f"llc {step}" for step in range(400, 1200, 100)]


def test_checkpoints_that_land_between_two_calls_are_measured(tmp_path):
    """In one process, as --follow calls it."""
    run = devdash.init("live", model := model_at(0), every=100, per_decade=1)
    for landed in ((100, 200), (300, 400)):
        for step in landed:
            model.load_state_dict(model_at(step).state_dict())
            run.log({"loss": 1.0}, step=step)
        measured = devdash.measure("live", task(), **SHORT)
        assert measured.llc["step"].tolist() == list(range(0, landed[1] + 1, 100))
    run.finish()


@pytest.mark.slow
def test_workers_do_not_change_numbers(folder):
    """Tasks with lambdas and memory maps reach other processes."""
    np.save("x.npy", X.numpy())
    mapped = np.load("x.npy", mmap_mode="r")
    one = devdash.Task(nn.Linear(WIDTH, 1, bias=False), lambda out, batch: loss(out, batch), (mapped, Y))
    kept = {"checkpoints": [0, 500], **SHORT}
    two = devdash.measure(folder, one, workers=2, name="two", **kept).llc
    assert two.equals(devdash.measure(folder, one, name="one", **kept).llc)
    pickled = folder.parent / "devdash-data" / "checkpoints" / "two" / "task.pickle"
    assert pickled.stat().st_size < 20_000 and len(X.numpy().tobytes()) > 4_000


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"draws": 21}, "plan.draws"),
        ({"task": lambda: devdash.Task(nn.Linear(WIDTH, 1, bias=False), loss, (X + 1, Y))}, "data"),
        (
            {
                "task": lambda: devdash.Task(
                    nn.Linear(WIDTH, 1, bias=False), lambda o, b: loss(o, b) * 2, (X, Y)
                )
            },
            "loss",
        ),
        ({"components": {"part": {"weight": (0, 1)}}}, "components.part"),
    ],
)
@pytest.mark.slow
def test_results_of_something_else_are_not_gone_on_with(folder, change, word):
    parts = {"components": {"part": {"weight": (0, 0)}}, "checkpoints": [0, 100]}
    devdash.measure(folder, task(), **SHORT, **parts)
    settings = SHORT | parts | {k: v for k, v in change.items() if k != "task"}
    other = change.get("task", task)()
    with pytest.raises(StoreError, match=rf"another {word}.*again=True"):
        devdash.measure(folder, other, **settings)
    assert devdash.measure(folder, other, again=True, **settings).failures == 0
    assert devdash.measure(folder, task(), name="both", **SHORT, **parts).folder.name == "both"


def test_a_checkpoint_that_changed_is_refused(folder):
    devdash.measure(folder, task(), checkpoints=[0, 100], **SHORT)
    file = folder / "step100" / "model.safetensors"
    save_file({name: part + 1 for name, part in load_file(file).items()}, file)
    with pytest.raises(StoreError, match="checkpoint of step 100"):
        devdash.measure(folder, task(), checkpoints=[0, 100], **SHORT)


@pytest.mark.slow
def test_copies_and_damaged_checkpoints_are_flagged_and_not_measured(folder):
    shutil.copytree(folder / "step1100", folder / "step500", dirs_exist_ok=True)
    file = folder / "step300" / "model.safetensors"
    save_file({name: part * float("nan") for name, part in load_file(file).items()}, file)
    measured = devdash.measure(folder, task(probe=(X[:9],)), **SHORT)
    flags = measured.table("checkpoint_flag").set_index("step")["flag"].to_dict()
    assert measured.failures == 0 and flags == {300: "not finite", 500: "copy"}
    assert not {300, 500} & set(measured.llc["step"]) and len(measured.llc) == 10
    assert not {300, 500} & set(measured.table("trajectory")["step"])


def test_checkpoints_of_another_model_are_refused_before_anything_is_computed(folder, jobs):
    other = devdash.Task(nn.Linear(WIDTH, 1), loss, (X, Y))
    with pytest.raises(ValueError, match=r"checkpoint step1100 lacks 'bias'"):
        devdash.measure(folder, other, **SHORT)
    assert jobs == []


def test_what_is_neither_run_nor_folder_is_told():
    devdash.init("my-net").finish()
    with pytest.raises(StoreError, match="did you mean my-net"):
        devdash.measure("my-nett", task())


def test_an_unknown_executor_is_refused_before_anything_else():
    with pytest.raises(ValueError, match="executor 'dsk' given, expected one of dask, local, slurm"):
        devdash.measure("no-such-net", task(), executor="dsk")


def test_checkpoints_that_are_passed_over_are_said_once(folder, capsys):
    for name in ("gpt2_1000.pt", "last.ckpt"):
        torch.save(model_at(0).state_dict(), folder / name)
    devdash.measure(folder, task(), checkpoints=[0, 1100], **SHORT)
    printed = "".join(capsys.readouterr())
    assert printed.count("gpt2_1000.pt") == 1 and "names state no step" in printed


def test_steps_that_are_not_there_and_heads_that_the_task_has_not(folder):
    with pytest.raises(ValueError, match="no checkpoint of step 7"):
        devdash.measure(folder, task(), checkpoints=[7])
    with pytest.raises(ValueError, match="heads="):
        devdash.measure(folder, task(), heads=True)
    with pytest.raises(TypeError, match="no setting 'drawz'"):
        devdash.measure(folder, task(), drawz=3)


def test_a_failed_job_is_told_and_the_others_go_on(folder):
    calls = []

    def failing(outputs, batch):
        if torch.is_grad_enabled() and len(calls) == 2:
            calls.append(1)
            raise RuntimeError("out of luck")
        calls.append(1)
        return loss(outputs, batch)

    measured = devdash.measure(
        folder,
        devdash.Task(nn.Linear(WIDTH, 1, bias=False), failing, (X, Y)),
        checkpoints=[0, 100, 200],
        **SHORT,
    )
    assert measured.failures == 1 and len(measured.llc) == 2
    assert "out of luck" in measured.table("failure")["message"].item()
    assert "1 jobs failed" in repr(measured)


def test_run_checkpoints_are_those_of_the_recorder(tmp_path):
    with devdash.init("kept", model := model_at(0)) as run:
        model.load_state_dict(model_at(3).state_dict())
        run.log({"loss": 1.0}, step=3)
    assert checkpoints.steps(run.checkpoints) == [0, 3]
    assert devdash.measure("kept", task(), **SHORT).llc["step"].tolist() == [0, 3]
