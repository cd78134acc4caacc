"""The options of ``pvsim run`` that make something to read: what they write, refuse and leave alone."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile

import pytest
from cases import SCENARIOS

from pvsim import cli
from pvsim.report import canvas, page
from pvsim.report.language import language_of

ROOF = SCENARIOS / "own_roof.toml"
HOSTILE = """
name = "=cmd|' /C calc'!A0"
[site]
latitude = 29.44
longitude = 106.46
[[roof]]
name = "+1+1"
panels = 10
[[roof]]
name = "@SUM(1)"
panels = 10
[[roof]]
name = "<script>alert(1)</script>"
panels = 10
"""


@pytest.fixture(autouse=True)
def _short_report(request, monkeypatch):
    """The page takes a second: where only files are asked for, a short one stands in its place."""
    if "ask" in request.fixturenames and not any(w in request.node.name for w in ("language", "font", "x8", "pdf_is")):
        monkeypatch.setattr(page, "report", lambda *_: "<!DOCTYPE html>\n<title>a report</title>\n")


@pytest.fixture
def ask(capsys):
    """Exit code, standard output and error of a command in this process."""

    def call(*arguments):
        capsys.readouterr()
        code = cli.run([str(a) for a in arguments])
        return code, *capsys.readouterr()

    return call


@pytest.mark.parametrize("option", [["--lang", "zh"], ["--xlsx"], ["--pdf"]])
def test_what_is_written_needs_a_folder(ask, option):
    code, out, err = ask("run", ROOF, *option)
    assert code == 2
    assert err.strip() == f"{option[0]} goes with --out DIR"
    assert out == ""


def test_an_unknown_language_is_refused_with_those_there_are(ask, tmp_path):
    code, _, err = ask("run", ROOF, "--out", tmp_path / "o", "--lang", "fr")
    assert code == 2
    assert "'en', 'zh', 'it'" in err
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(("lang", "word"), [("en", "tonnes"), ("zh", "标准煤"), ("it", "carbone")])
def test_the_language_is_that_of_the_report_alone(ask, tmp_path, lang, word):
    assert ask("run", ROOF, "--out", tmp_path / lang, "--lang", lang)[0] == 0
    assert word in (tmp_path / lang / "report.html").read_text(encoding="utf-8")
    assert ask("run", ROOF, "--out", tmp_path / "plain")[0] == 0
    for name in ("hourly.csv", "monthly.csv"):
        assert (tmp_path / lang / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()
    documents = [json.loads((tmp_path / d / "result.json").read_text(encoding="utf-8")) for d in (lang, "plain")]
    for d in documents:
        assert [f["name"] for f in d.pop("files")] == ["hourly.csv", "monthly.csv", "report.html"]
    assert documents[0] == documents[1]


def test_without_a_chinese_font_one_line_says_so(ask, tmp_path, monkeypatch):
    monkeypatch.setattr(canvas, "chinese_font", lambda: None)
    canvas._style.cache_clear()
    try:
        code, _, err = ask("run", ROOF, "--out", tmp_path, "--lang", "zh")
    finally:
        canvas._style.cache_clear()
    assert code == 0
    assert err.splitlines() == [f"warning: {language_of('en').text('no_font')}"]


def test_what_an_earlier_run_wrote_on_demand_goes_when_it_is_not_asked_for(ask, tmp_path):
    assert ask("run", ROOF, "--out", tmp_path, "--xlsx")[0] == 0
    assert (tmp_path / "result.xlsx").exists()
    (tmp_path / "report.pdf").write_bytes(b"mine")  # nobody's result: the document does not name it
    assert ask("run", ROOF, "--out", tmp_path)[0] == 0
    assert not (tmp_path / "result.xlsx").exists()
    assert (tmp_path / "report.pdf").read_bytes() == b"mine"


def test_a_workbook_that_somebody_changed_is_kept(ask, tmp_path):
    assert ask("run", ROOF, "--out", tmp_path, "--xlsx")[0] == 0
    with (tmp_path / "result.xlsx").open("ab") as file:
        file.write(b"a note")
    assert ask("run", ROOF, "--out", tmp_path)[0] == 0
    assert (tmp_path / "result.xlsx").exists()


def test_x8_no_name_is_a_formula_in_any_file(ask, tmp_path):
    (tmp_path / "evil.toml").write_text(HOSTILE, encoding="utf-8")
    assert ask("run", tmp_path / "evil.toml", "--out", tmp_path / "o", "--planes", "--xlsx")[0] == 0
    for name in ("hourly.csv", "monthly.csv"):
        for cell in (tmp_path / "o" / name).read_text(encoding="utf-8").splitlines()[0].split(","):
            assert not cell.startswith(("=", "+", "-", "@"))
    with zipfile.ZipFile(tmp_path / "o" / "result.xlsx") as book:
        sheets = [book.read(n).decode("utf-8") for n in book.namelist() if n.startswith("xl/worksheets/")]
        assert len(sheets) > 5
        assert not any("<f>" in sheet or "hyperlink" in sheet for sheet in sheets)
    assert "<script" not in (tmp_path / "o" / "report.html").read_text(encoding="utf-8")


def test_without_a_browser_it_says_so_before_the_work(ask, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PVSIM_BROWSER", raising=False)
    monkeypatch.setattr("pvsim.report.pdf._places", lambda: iter(()))
    code, out, err = ask("run", ROOF, "--out", tmp_path / "o", "--pdf")
    assert code == 2
    assert err.startswith("no browser to print a PDF with")
    assert "PVSIM_BROWSER" in err
    assert out == ""
    assert not (tmp_path / "o").exists()


def test_without_the_library_it_says_so_before_the_work(ask, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    code, _, err = ask("run", ROOF, "--out", tmp_path / "o", "--xlsx")
    assert code == 2
    assert "pip install XlsxWriter" in err
    assert not (tmp_path / "o").exists()


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands for a browser that fails")
def test_a_browser_that_fails_leaves_the_earlier_result(ask, tmp_path, monkeypatch):
    out = tmp_path / "o"
    assert ask("run", ROOF, "--out", out)[0] == 0
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    fake = tmp_path / "browser"
    fake.write_text("#!/bin/sh\necho no display >&2\nexit 3\n", encoding="utf-8")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PVSIM_BROWSER", str(fake))
    code, _, err = ask("run", ROOF, "--out", out, "--pdf")
    assert code == 1
    assert "no display" in err
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    code, _, err = ask("run", ROOF, "--out", tmp_path / "fresh", "--pdf")
    assert code == 1
    assert sorted(p.name for p in (tmp_path / "fresh").iterdir()) == sorted(before), "the rest can be printed by hand"


@pytest.mark.parametrize("files", [5, "a", None, [5], [{"name": 3}], [{"name": "report.pdf"}], {"name": "report.pdf"}])
def test_a_strange_list_of_files_in_an_earlier_result_ends_nothing(ask, tmp_path, files):
    assert ask("run", ROOF, "--out", tmp_path)[0] == 0
    document = json.loads((tmp_path / "result.json").read_text(encoding="utf-8")) | {"files": files}
    (tmp_path / "result.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "report.pdf").write_bytes(b"mine")
    assert ask("run", ROOF, "--out", tmp_path)[0] == 0
    assert (tmp_path / "report.pdf").read_bytes() == b"mine"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
def test_a_pipe_in_the_place_of_a_file_does_not_hang(ask, tmp_path):
    assert ask("run", ROOF, "--out", tmp_path)[0] == 0
    document = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    document["files"].append({"name": "report.pdf", "rows": None, "sha256": "0"})
    (tmp_path / "result.json").write_text(json.dumps(document), encoding="utf-8")
    os.mkfifo(tmp_path / "report.pdf")
    assert ask("run", ROOF, "--out", tmp_path)[0] == 0


@pytest.mark.slow
def test_a_pdf_is_written_where_there_is_a_browser(ask, tmp_path):
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")
    code, _, err = ask("run", ROOF, "--out", tmp_path, "--pdf", "--lang", "it")
    assert (code, err) == (0, "")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_matplotlib_and_jinja_are_not_imported_without_a_report(arguments):
    program = (
        "import sys; from pvsim.cli import run; "
        f"code = run({['run', str(ROOF), *arguments]!r}); "
        "print(code, sorted({'matplotlib', 'jinja2', 'PIL'} & {m.split('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.stderr.splitlines()[-1] == "0 []"
