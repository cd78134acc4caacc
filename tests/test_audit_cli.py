"""``pvsim audit`` on the command line: files, text, JSON, figures, and bad input."""

import csv
import json
import subprocess
import sys

import pytest
from cases import ROOT, SCENARIOS

from pvsim.cli import run

REFERENCE = SCENARIOS / "hikvision_jianqiao.toml"
SHARED = ROOT.parent / "shared/claims/claims.csv"
TEXT = "8000 panels, 2.6 million kWh a year, 930 tce"
CSV = "id,place,panels,annual_kwh,tce\n=cmd,Dadukou,8000,2600000,930\nb,,,1000000,9000\n"


def audit(capsys, *arguments):
    code = run(["audit", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def claims(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def test_a_scenario_with_a_claim(capsys):
    code, out, err = audit(capsys, REFERENCE)
    assert (code, err) == (0, "")
    assert "verdict: consistent" in out
    assert "panels of 380 to 510 Wp, in the middle 440" in out
    assert "1,451 t" in out
    assert max(map(len, out.splitlines())) <= 100


def test_many_claims_end_in_a_count(capsys, claims):
    code, out, _ = audit(capsys, claims)
    assert code == 0
    assert "2 claims: 1 consistent, 0 doubtful, 1 inconsistent" in out
    assert "  inconsistent: b" in out


def test_json_is_one_array_with_an_object_a_claim(capsys, claims):
    _, out, _ = audit(capsys, claims, "--json")
    first, second = json.loads(out)
    assert list(first)[:2] == ["id", "claim"]
    assert set(first["implied"]) == {
        "kgce_per_kwh", "kgco2_per_kwh", "kgco2_per_kgce", "kwh_per_kwp", "kwh_per_panel", "wp_per_panel",
        "kgso2_per_kwh", "kgnox_per_kwh", "kgdust_per_kwh",
    }  # fmt: skip
    assert first["implied"]["kgco2_per_kwh"] is None
    assert set(first["conventions"]) == {"coal", "co2", "pollutants"}
    assert second["verdict"] == "inconsistent"
    assert {"code", "severity", "message"} == set(second["findings"][0])
    _, out, _ = audit(capsys, "--text", TEXT, "--json")
    assert [d["implied"]["kgce_per_kwh"][1] for d in json.loads(out)] == [pytest.approx(0.3577, abs=1e-4)]
    _, out, _ = audit(capsys, SCENARIOS / "fuhuang_retrofit.toml", "--json")
    assert [d["conventions"]["coal"] for d in json.loads(out)] == [["coal-calorific-gbt2589"]]


def test_a_text_shows_what_was_understood_and_what_was_not(capsys):
    code, out, _ = audit(capsys, "--text", TEXT + ", 17 of something", "--place", "Dadukou")
    assert code == 0
    assert "read: " in out
    assert "8,000 panels" in out
    assert "not understood: " in out
    assert "climate of Chongqing Shapingba" in out


def test_out_writes_tables_and_the_band_of_each_roof_claim(capsys, claims, tmp_path):
    code, _, _ = audit(capsys, claims, "--out", tmp_path / "out")
    assert code == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["audit.csv", "audit.json", "band-001.png"]
    assert (tmp_path / "out/band-001.png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader((tmp_path / "out/audit.csv").read_text(encoding="utf-8").splitlines()))
    assert [r["id"] for r in rows] == ["'=cmd", "b"]
    assert len(json.loads((tmp_path / "out/audit.json").read_text(encoding="utf-8"))) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "one of FILE and --text is needed"),
        (("x.csv", "--text", "y"), 2, "one of FILE and --text is needed"),
        (("no.csv",), 3, "no.csv: cannot be read (No such file or directory)"),
        (("no.toml",), 3, "no.toml"),
        (("--text", "nothing here"), 2, ""),
        (("--text", TEXT, "--place", "Atlantis"), 2, "place 'Atlantis' is not on file"),
        ((SCENARIOS / "own_roof.toml",), 2, "no [claim] to audit"),
    ],
)
def test_bad_input_is_answered_in_a_line(capsys, arguments, code, said):
    found, out, err = audit(capsys, *arguments)
    assert (found, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_names_that_drive_a_terminal_are_shown_escaped(capsys, tmp_path):
    path = tmp_path / "claims.csv"
    path.write_text("id,what,tce,annual_kwh\n\x1b[31mred,\u202eevil,930,2600000\n", encoding="utf-8")
    code, out, _ = audit(capsys, path)
    assert code == 0
    assert "\x1b" not in out
    assert "\u202e" not in out


@pytest.mark.skipif(not SHARED.exists(), reason="the shared claims are not beside the project")
def test_a_whole_file_is_audited_without_pvlib_pandas_and_numpy():
    code = (
        "import sys; from pvsim.cli import run; run(['audit', sys.argv[1], '--json']);"
        "print(sorted({'pvlib', 'pandas', 'numpy', 'matplotlib', 'pydantic'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, SHARED], capture_output=True, text=True, encoding="utf-8")
    assert len(json.loads(done.stdout)) == 46
    assert done.stderr.strip() == "[]"
