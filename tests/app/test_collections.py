"""Collections of figures: what is pinned is kept, refused where it is wrong, and drawn as one figure."""

import io
import json
import threading
import zipfile
from xml.etree.ElementTree import canonicalize

import numpy as np
import pytest
from pypdf import PdfReader

from devdash import cli, collected, collection, composing, export, gallery
from devdash.collection import Collection, Pin
from devdash.store.runs import StoreError
from devdash.store.snapshot import Snapshot, publish
from tests.app.pages import HOSTILE, fetch_once, open_page, texts
from tests.conftest import run_of

PIN = Pin("staircases", "superposition-smoke-s0", {"path": None, "step": 20, "log_x": False})


def test_what_is_pinned_is_read_back(tmp_path):
    state = {"names": ("a", "b"), "step": np.int64(3), "log_x": True, "model": None, "nbeta": 30.0}
    before = Collection("mine", (Pin("compare", None, state, "Näme", "Words: <b>&"),), font_pt=8.0, columns=1)
    path = collection.save(tmp_path, before)
    assert collection.read(path) == before
    assert collection.names(tmp_path) == ["mine"]
    assert list(path.parent.iterdir()) == [path], "nothing temporary is left"


def test_order_names_and_captions_are_changed():
    three = Collection("c", tuple(Pin("compare", None, {}, name) for name in "abc"))
    assert [pin.name for pin in three.moved(0, 1).pins] == ["b", "a", "c"]
    assert three.moved(2, 1) == three, "the last one stays the last"
    assert [pin.name for pin in three.without(1).pins] == ["a", "c"]
    assert three.changed(1, caption="x").pins[1] == Pin("compare", None, {}, "b", "x")


def test_pins_of_many_sessions_are_all_kept(tmp_path):
    def pin(number: int) -> None:
        collection.add(tmp_path, "mine", Pin("compare", None, {"name": str(number)}))

    threads = [threading.Thread(target=pin, args=[number]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = collection.read(collection.path_of(tmp_path, "mine"))
    assert {p.options["name"] for p in kept.pins} == {str(number) for number in range(12)}


def test_a_collection_that_cannot_be_written_leaves_the_one_before(tmp_path):
    path = collection.save(tmp_path, Collection("mine", (PIN,)))
    before = path.read_bytes()
    with pytest.raises(TypeError):
        collection.save(tmp_path, Collection("mine", (Pin("compare", None, {"name": object()}),)))
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_where_nothing_can_be_written_it_says_so(tmp_path):
    (tmp_path / "figures").write_text("in the way")
    for keep in (collection.save, lambda data, mine: collection.add(data, mine.name, PIN)):
        with pytest.raises(StoreError, match="cannot be written"):
            keep(tmp_path, Collection("mine"))


@pytest.mark.parametrize("name", [*HOSTILE[:4], "", "A", "a/b", "..", ".hidden", "a" * 101, None])
def test_hostile_names_are_refused(tmp_path, name):
    with pytest.raises(StoreError, match="name of a collection"):
        collection.path_of(tmp_path, name)


def content(**changes) -> bytes:
    return json.dumps(collection.as_plain(Collection("c", (PIN,))) | changes).encode()


def pinned(**changes) -> bytes:
    return content(pins=[collection.as_plain(Collection("c", (PIN,)))["pins"][0] | changes])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (b"{", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "devdash collection"),
        (content(**{"devdash collection": 2}), "devdash collection"),
        (content(pins={}), "at most 60"),
        (content(pins=[{}] * 61), "at most 60"),
        (content(pins=["compare"]), "figure 1: expected"),
        (content(venue="Nowhere"), "venue 'Nowhere' given; expected one of NeurIPS"),
        (content(font_pt=99), "font_pt 99 given; expected 3 to 40"),
        (content(font_pt=True), "font_pt"),
        (content(font="url(http://a)"), "font"),
        (content(columns=0), "columns 0 given; expected 1 to 4"),
        (content(letters="yes"), "letters"),
        (pinned(figure="staircase"), "did you mean staircases"),
        (pinned(run="../../etc"), "no name of a run"),
        (pinned(options={"step": {"a": 1}}), "options must be"),
        (pinned(options=[1]), "options must be"),
        (pinned(caption=7), "caption"),
        (pinned(name="x" * 6000), "at most 5000"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(wrong, said):
    with pytest.raises(StoreError, match=said):
        collection.parse(wrong, "c")


def test_the_command_names_the_fault_and_writes_nothing(tmp_path, monkeypatch, capsys):
    (tmp_path / "bad.json").write_bytes(content(columns=9))
    for file in ("bad.json", "none.json"):
        monkeypatch.setattr(
            "sys.argv", ["devdash", "figures", str(tmp_path / file), "--out", str(tmp_path / "out")]
        )
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "columns 9 given" in said and "no such file" in said and "Traceback" not in said
    assert not (tmp_path / "out").exists()


def test_ids_of_panels_are_their_own():
    svg = b'<svg width="50" height="20"><clipPath id="c"/><g clip-path="url(#c)"><use href="#c"/></g></svg>'
    size = export.Size(5.5, 9)
    whole = composing.compose([svg, svg, svg], size, 2, letters=True).decode()
    assert [whole.count(f'id="p{n}-c"') + whole.count(f"url(#p{n}-c)") for n in range(3)] == [2, 2, 2]
    assert 'id="c"' not in whole and "url(#c)" not in whole
    assert [f">{letter}</text>" in whole for letter in "abcd"] == [True, True, True, False]
    assert composing.size_of(whole.encode())[0] == 5.5 * 96


@pytest.mark.xdist_group("export")
def test_panels_become_one_vector_figure_and_the_command_draws_it_again(smoke_data, tmp_path, monkeypatch):
    run, db = run_of(smoke_data, "superposition"), Snapshot(publish(smoke_data))
    pins = (
        Pin("staircases", run, {"log_y": True}, "Stairs", "One run."),
        Pin("kgon_points", run, {}),
        Pin("polygon", run, {"step": 20}),
    )
    mine = Collection("mine", pins, venue="ICML: text", font="serif")
    made = collected.files(mine, collected.drawer(fetch_once(db)), db.id, ("svg", "pdf"))
    (sheet,) = PdfReader(io.BytesIO(made["mine.pdf"])).pages
    assert abs(float(sheet.mediabox.width) / 72 - 6.75) < 0.02
    assert not [
        o for o in sheet["/Resources"].get("/XObject", {}).values() if o.get_object()["/Subtype"] == "/Image"
    ]
    words = sheet.extract_text()
    assert "epoch" in words and {"a", "b", "c"} <= set(words.split())
    fonts = {font.get_object()["/BaseFont"] for font in sheet["/Resources"]["/Font"].values()}
    assert any("Serif" in font or "Times" in font for font in fonts)
    assert b"<image" not in made["mine.svg"]
    assert "**a** **Stairs.** One run." in made["captions.md"].decode()
    assert json.loads(made["data/c-polygon.json"])["options"]["step"] == 20
    archive = zipfile.ZipFile(io.BytesIO(collected.as_zip(made)))
    assert set(archive.namelist()) == set(made) >= {"panels/a-stairs.svg", "data/a-stairs.csv", "mine.json"}
    file, out = collection.save(tmp_path, mine), tmp_path / "out"
    monkeypatch.setattr(
        "sys.argv", ["devdash", "figures", str(file), "--out", str(out), "--data", str(smoke_data)]
    )
    with pytest.raises(SystemExit) as ended:
        cli.command()
    assert ended.value.code == 0
    again = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert set(again) == set(made)
    for name, file in made.items():
        if name.endswith(".svg"):  # attributes may stand in another order
            assert canonicalize(again[name].decode()) == canonicalize(file.decode())
        elif name.endswith((".csv", ".md")):
            assert again[name] == file


def test_a_run_that_is_not_here_is_named(smoke_db):
    draw = collected.drawer(fetch_once(smoke_db))
    with pytest.raises(StoreError, match="staircases is empty: run superposition-smoke-s0 has no"):
        draw(PIN)


def test_a_figure_is_pinned_with_its_state_and_listed(made):
    test = open_page("stages")
    name = next(button.key for button in test.button if button.key.endswith(" pin"))
    test.button(key=name).click().run()
    assert not test.exception
    kept = collection.read(collection.path_of(made, "paper"))
    assert gallery.figure_named(kept.pins[-1].figure).TITLE in texts(test)
    assert kept.pins[-1].run and kept.pins[-1].options
    page = open_page("paper_figures")
    assert kept.pins[-1].title in texts(page)
    collection.path_of(made, "paper").unlink()


def test_a_run_can_be_shared_where_nothing_is_pinned(made):
    test = open_page("paper_figures")
    assert "Nothing is pinned" in test.info[0].value
    assert any(code.value.startswith("devdash share ") for code in test.code)
