"""What ``--out`` writes: whole files or none, the document last, numbers that add up when read back."""

from __future__ import annotations

import hashlib
import io
import json

import numpy as np
import pandas as pd
import pytest
from cases import scenario

import pvsim
from pvsim.errors import PvsimError
from pvsim.report import files


@pytest.fixture(scope="module")
def result():
    return pvsim.simulate(scenario({"name": "hall A"}, {"name": "=evil\n", "surface_tilt": 30}))


def test_files_are_named_with_rows_and_hash_in_the_document(result, tmp_path):
    document = files.write(result, tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    assert sorted(p.name for p in folder.iterdir()) == ["hourly.csv", "monthly.csv", "result.json"]
    assert json.loads((folder / "result.json").read_text(encoding="utf-8")) == json.loads(files.as_json(document))
    for entry, rows in zip(document["files"], (8760, 12), strict=True):
        raw = (folder / entry["name"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(raw).hexdigest()
        assert entry["rows"] == rows == raw.decode("utf-8").count("\n") - 1


def test_hourly_csv_reads_back_to_the_same_energy(result):
    table = pd.read_csv(io.StringIO(files.hourly_csv(result)), index_col="time")
    assert list(table.columns) == list(result.hourly.columns)
    assert table.index[0] == "2025-01-01T00:00:00+08:00"
    assert table.index[-1] == "2025-12-31T23:00:00+08:00"
    assert table["p_ac_kw"].sum() == pytest.approx(result.annual_kwh, rel=1e-9)
    assert (pd.to_datetime(table.index) == result.hourly.index).all()


def test_plane_columns_carry_the_names_and_cannot_break_the_table(result):
    table = pd.read_csv(io.StringIO(files.hourly_csv(result, planes=True)), index_col="time")
    assert "p_dc_kw[hall A]" in table
    assert table.filter(like="p_dc_kw[").sum(axis=1).to_numpy() == pytest.approx(table["p_dc_kw"].to_numpy(), abs=1e-5)
    assert not any(c.startswith(("=", "+", "-", "@")) for c in table.columns)


def test_gaps_are_empty_cells(result):
    table = result.hourly.copy()
    assert table.isna().sum().sum() == 0
    assert ",," not in files.hourly_csv(result)


def test_a_crash_while_writing_leaves_the_old_file_and_no_debris(result, tmp_path, monkeypatch):
    files.write(result, tmp_path)
    assert isinstance(result.hourly.index, pd.DatetimeIndex), "writing leaves the result as it was"
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def no_space(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", no_space)
    with pytest.raises(PvsimError, match="No space left on device"):
        files.write(result, tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_folder_that_is_a_file_is_refused(result, tmp_path):
    target = tmp_path / "taken"
    target.write_text("x", encoding="utf-8")
    with pytest.raises(PvsimError, match="cannot be written"):
        files.write(result, target)


def test_json_has_no_numbers_that_json_does_not_know():
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.as_json({"x": np.nan})
