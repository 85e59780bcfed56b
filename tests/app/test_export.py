"""python -m devdash.export: every figure of a run in one command, as vectors, on white."""

import io
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pandas as pd
import plotly.graph_objects as go
import psutil
import pytest
from filelock import FileLock
from pypdf import PdfReader

from devdash import export, figures, printer
from devdash.store.runs import StoreError
from tests.conftest import ROOT, RUNS, run_of, shared_folder

pytestmark = pytest.mark.xdist_group("export")
BITMAPS = {name for name, module in figures.discover().items() if hasattr(module, "BITMAP")}
PNG_OF = {"superposition": "staircases", "degeneracy": "truth_scatter"}  # what is looked at as PNG
PLAIN = go.Figure(go.Scatter(x=[1, 2], y=[3, 4]))


def run_export(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "devdash.export", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1000)


@pytest.mark.parametrize(
    "experiment", [pytest.param(name, marks=pytest.mark.xdist_group(f"export {name}")) for name in RUNS]
)
def test_all_figures_of_a_run(smoke_data, tmp_path, tmp_path_factory, experiment):
    run = run_of(smoke_data, experiment)
    bitmap = experiment in PNG_OF
    out = ("--out", str(tmp_path), "--data", str(smoke_data), "--width", "3.25")
    arguments = (run, *out, "--format", "pdf", "svg", "csv", *(["png"] if bitmap else []))
    if experiment == "superposition":
        done = run_export(*arguments)  # as a user would; the others in this process, with one browser
        assert done.returncode == 0, done.stderr
    else:
        assert export.main(arguments) == 0
    for path in (path for path in tmp_path.glob("*.pdf") if path.stem not in BITMAPS):
        check_pdf(path, 3.25)
    for path in (path for path in tmp_path.glob("*.svg") if path.stem not in BITMAPS):
        assert "<image" not in path.read_text(encoding="utf-8")
    if bitmap:
        stem = tmp_path / PNG_OF[experiment]
        assert stem.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
        assert len(pd.read_csv(stem.with_suffix(".csv"))) > 3
        assert json.loads(stem.with_suffix(".json").read_text())["run"] == run
    drawn = {path.stem for path in tmp_path.glob("*.pdf")}
    check_together(shared_folder(tmp_path_factory, "exported"), experiment, drawn)


def check_together(folder, experiment: str, drawn: set[str]) -> None:
    """Whoever is the last sees that every figure is drawn of some run."""
    with FileLock(folder / "lock"):
        (folder / f"{experiment}.json").write_text(json.dumps(sorted(drawn)))
        parts = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    if len(parts) < len(RUNS):
        return
    drawn = set().union(*parts)
    wanted = {n for n, m in figures.discover().items() if not hasattr(m, "NEEDS") and not hasattr(m, "EACH")}
    assert wanted - drawn == {"transitions"}, "the smoke run is too short for a transition"
    assert {"occupancy-features-6-scale-1", "occupancy-features-6-scale-0.5"} <= drawn
    assert "generalisation_curves-family-reduced-rank" in drawn


def test_one_figure_alone_holds_a_bitmap():
    assert sorted(BITMAPS) == ["trajectory_space"]


def check_pdf(path, width_in: float) -> None:
    (sheet,) = PdfReader(path).pages
    assert abs(float(sheet.mediabox.width) / 72 - width_in) < 0.05
    objects = sheet["/Resources"].get("/XObject", {})
    assert not [o for o in objects.values() if o.get_object()["/Subtype"] == "/Image"], path
    assert sheet["/Resources"]["/Font"], path


RENDER = """
import sys, time
import plotly.graph_objects as go
from devdash import export
export.render(go.Figure(), "svg", export.Size())
print("rendered", flush=True)
time.sleep(float(sys.argv[1]))
"""


def test_the_profile_of_a_killed_export_is_cleared_by_the_next(tmp_path):
    place = tmp_path / ("long" * 12)
    place.mkdir()

    def export_for(seconds: float) -> subprocess.Popen:
        environment = os.environ | {"TMPDIR": str(place)}
        command = [sys.executable, "-c", RENDER, str(seconds)]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)

    killed = export_for(600)
    assert killed.stdout.readline() == "rendered\n"
    killed.kill()
    killed.wait()  # not for the end of its output, which its browser holds too
    (left,) = place.glob("devdash-browser-*")
    held = export_for(600)
    assert held.stdout.readline() == "rendered\n"
    assert not left.exists()
    (folder,) = place.glob("devdash-browser-*")
    assert export_for(0).wait(timeout=120) == 0
    assert folder.exists(), "its owner is there"
    held.kill()
    held.wait()


def test_unknown_and_hostile_runs_are_refused(smoke_data, tmp_path):
    for name in ("superposition-none", "../../etc"):
        done = run_export(name, "--out", str(tmp_path / "x"), "--data", str(smoke_data))
        assert done.returncode == 2
        assert "run" in done.stderr and "Traceback" not in done.stderr


def test_impossible_sizes_are_refused():
    with pytest.raises(ValueError, match="width 0"):
        export.Size(width_in=0)
    with pytest.raises(ValueError, match="font 99"):
        export.Size(font_pt=99)


def test_without_a_browser_it_says_how_to_get_one(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    with pytest.raises(StoreError, match="chromium"):
        export.render(go.Figure(), "pdf", export.Size())


def kill_the_printer(others: list[psutil.Process]) -> None:
    """Every browser's process but others, those of other tests in this process."""
    for child in set(psutil.Process().children(recursive=True)).difference(others):
        with suppress(psutil.NoSuchProcess):
            if "chrom" in child.name():
                child.kill()


def test_after_a_killed_browser_the_next_export_starts_another():
    export.end_printer()
    others = psutil.Process().children(recursive=True)
    export.render(PLAIN, "svg", export.Size())
    kill_the_printer(others)
    assert export.render(PLAIN, "svg", export.Size()).startswith(b"<svg")


def test_thirty_exports_at_once_are_each_their_own_figure_though_the_browser_is_killed_meanwhile():
    export.end_printer()
    others = psutil.Process().children(recursive=True)
    export.render(PLAIN, "svg", export.Size())

    def text_of(number: int) -> str:
        figure = go.Figure(go.Scatter(x=[1, 2], y=[3, 4]), {"xaxis.title.text": f"export {number:02d}"})
        if number == 10:
            kill_the_printer(others)
        (sheet,) = PdfReader(io.BytesIO(export.render(figure, "pdf", export.Size()))).pages
        return sheet.extract_text()

    with ThreadPoolExecutor(30) as pool:
        for number, text in enumerate(pool.map(text_of, range(30))):
            assert f"export {number:02d}" in text


@pytest.mark.parametrize("named", ["/bin/true", "/bin/cat", "/etc/hostname", "/tmp"])
def test_a_named_browser_that_is_none_is_refused_at_once(monkeypatch, named):
    monkeypatch.setenv("BROWSER_PATH", named)
    with pytest.raises(StoreError, match=f"BROWSER_PATH names {named}, which is no Chrome or Chromium"):
        export.render(PLAIN, "svg", export.Size())
    monkeypatch.delenv("BROWSER_PATH")
    assert export.render(PLAIN, "svg", export.Size()).startswith(b"<svg")


OUTWARDS = "TCP_CONNECT(_ATTEMPT)?|UDP_BYTES_SENT|DNS_TRANSACTION.*|HOST_RESOLVER_(DNS|SYSTEM)_TASK.*"


def test_the_browser_of_exports_looks_nothing_up(monkeypatch, tmp_path):
    """Its own log of the network has no look-up and no connection; without the switches it has some."""

    def outwards(switches: tuple[str, ...]) -> list[str]:
        log = tmp_path / f"{len(switches)}.json"
        monkeypatch.setattr(printer, "SILENT", (*switches, f"--log-net-log={log}"))
        export.end_printer()
        export.render(PLAIN, "svg", export.Size())
        time.sleep(3)
        export.end_printer()
        events = log.read_text(errors="replace")
        names = dict(re.findall(r'"(\w+)":(\d+)', events.partition('"logEventTypes":{')[2].partition("}")[0]))
        watched = {number: name for name, number in names.items() if re.fullmatch(OUTWARDS, name)}
        assert watched
        return [watched[n] for n in re.findall(r'"type":(\d+)\},?\n', events) if n in watched]

    assert outwards(printer.SILENT) == []
    assert outwards(()) != []


def fonts_of(pdf: bytes) -> set[str]:
    (sheet,) = PdfReader(io.BytesIO(pdf)).pages
    return {
        font.get_object()["/BaseFont"].rpartition("+")[2] for font in sheet["/Resources"]["/Font"].values()
    }


LABELS = ("λ̂, 95 % interval", "R̂ of 4 chains", "‖w − w*‖")
SAVED = (
    '<svg xmlns="http://www.w3.org/2000/svg" class="main-svg" width="700" height="450" viewBox="0 0 700 450">'
    + "".join(
        f'<text x="20" y="{40 * place}" style="font-family: Arial, &quot;Liberation Sans&quot;, &quot;DejaVu '
        f'Sans&quot;, sans-serif; font-size: 13px;">{label}</text>'
        for place, label in enumerate(LABELS, 1)
    )
    + "</svg>"
)


def test_saved_svg_becomes_a_pdf_of_its_size_and_font():
    pdf = export.pdf_from_svg(SAVED)
    (sheet,) = PdfReader(io.BytesIO(pdf)).pages
    assert abs(float(sheet.mediabox.width) - 0.75 * 700) < 1 and "interval" in sheet.extract_text()
    assert any(name.startswith(("Arial", "Liberation", "Helvetica")) for name in fonts_of(pdf))
    assert not any("Serif" in name for name in fonts_of(pdf))


def test_without_a_browser_no_label_of_a_saved_svg_turns_serif(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    fonts = fonts_of(export.pdf_from_svg(SAVED))
    assert fonts and not any("Serif" in name for name in fonts)


def test_a_figure_is_drawn_as_if_no_other_had_been_before_it():
    """The browser's page is the same for all."""
    small, large = export.Size(3.25, 8), export.Size(7, 12)
    figure, other = go.Figure(go.Scatter(x=[1, 2], y=[3, 4])), go.Figure(go.Bar(x=["a", "b"], y=[1, 2]))
    alone = export.render(figure, "png", small)
    for kind in ("pdf", "svg", "png"):
        export.render(other, kind, large)
        assert export.render(figure, "png", small) == alone
    (sheet,) = PdfReader(io.BytesIO(export.render(figure, "pdf", small))).pages
    assert abs(float(sheet.mediabox.width) / 72 - 3.25) < 0.05


def test_print_figures_are_white_and_hold_no_bitmaps():
    screen = go.Figure(go.Scattergl(x=[1, 2], y=[3, 4], mode="markers"))
    size = export.Size(3.25, 8)
    printed = export.for_print(screen, size)
    assert printed.layout.template.layout.paper_bgcolor == "#ffffff"
    assert [trace.type for trace in printed.data] == ["scatter"]
    assert abs(printed.layout.width * export.scale(size) - 3.25 * 96) < 1e-9
    assert screen.layout.width is None, "the figure on the screen is left as it is"
