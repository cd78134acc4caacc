"""What ``--out`` writes: whole files or none, the document last, numbers that add up when read back."""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
import stat
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from cases import scenario

import pvsim
from pvsim.errors import PvsimError
from pvsim.report import files, folder
from pvsim.report.folder import held


@pytest.fixture(scope="module")
def result():
    return pvsim.simulate(scenario({"name": "hall A"}, {"name": "=evil\n", "surface_tilt": 30}))


def test_files_are_named_with_rows_and_hash_in_the_document(result, tmp_path):
    folder = tmp_path / "new" / "folder"
    with held(folder, result.scenario.origin.sha256) as warnings:
        document = files.write(result, folder)
    assert warnings == ()
    assert sorted(p.name for p in folder.iterdir()) == ["hourly.csv", "monthly.csv", "report.html", "result.json"]
    assert json.loads((folder / "result.json").read_text(encoding="utf-8")) == json.loads(files.as_json(document))
    for entry, rows in zip(document["files"], (8760, 12, None), strict=True):
        raw = (folder / entry["name"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(raw).hexdigest()
        assert entry["rows"] == rows
        if rows is not None:
            assert rows == raw.decode("utf-8").count("\n") - 1
            assert entry["sha256"] in (folder / "report.html").read_text(encoding="utf-8")


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

    monkeypatch.setattr(folder.os, "fsync", no_space)
    with pytest.raises(PvsimError, match="No space left on device"):
        files.write(result, tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_folder_that_is_a_file_is_refused(result, tmp_path):
    target = tmp_path / "taken"
    target.write_text("x", encoding="utf-8")
    with pytest.raises(PvsimError, match="it is a file"), held(target, "x"):
        pass


def test_json_has_no_numbers_that_json_does_not_know():
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.as_json({"x": np.nan})


# --- the folder is held ------------------------------------------------------------------------------------


def test_the_lock_goes_with_the_run_also_when_it_fails(tmp_path):
    with held(tmp_path, "a"):
        assert json.loads((tmp_path / folder.LOCK).read_text(encoding="utf-8"))["pid"] > 0
    with pytest.raises(RuntimeError), held(tmp_path, "a"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_second_run_is_refused_and_told_who_holds_the_folder(tmp_path):
    with held(tmp_path, "a"), pytest.raises(PvsimError, match=rf"process {os.getpid()} on "), held(tmp_path, "a"):
        pass


def test_the_lock_of_a_process_that_is_gone_is_taken_over(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    lock = {"pid": gone.pid, "host": socket.gethostname(), "started": "2026-01-01T00:00:00+00:00"}
    (tmp_path / folder.LOCK).write_text(json.dumps(lock), encoding="utf-8")
    with held(tmp_path, "a") as warnings:
        assert str(gone.pid) in warnings[0]
    (tmp_path / folder.LOCK).write_text("not a lock", encoding="utf-8")
    with pytest.raises(PvsimError, match=r"remove \.pvsim\.lock"), held(tmp_path, "a"):
        pass


def test_a_result_of_another_scenario_is_kept_unless_told(result, tmp_path):
    own = result.scenario.origin.sha256
    with held(tmp_path, own):
        files.write(result, tmp_path)
    with held(tmp_path, own):
        pass
    with (
        pytest.raises(PvsimError, match=r"another scenario or of other values \(case\).*--overwrite"),
        held(tmp_path, "other"),
    ):
        pass
    with held(tmp_path, "other", overwrite=True):
        pass


def test_a_file_that_another_program_holds_is_tried_again_and_then_named(tmp_path, monkeypatch):
    tries = []

    def taken(*_args):
        tries.append(1)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder.Path, "replace", taken)
    monkeypatch.setattr(folder.time, "sleep", lambda _s: None)
    with pytest.raises(PvsimError, match="close the file in Excel"):
        folder.replace(tmp_path / "hourly.csv", b"x")
    assert len(tries) == folder.TRIES
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["result.json", "hourly.csv"])
def test_files_that_are_no_result_are_kept(tmp_path, name):
    (tmp_path / name).write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(PvsimError, match="a file that pvsim did not write"), held(tmp_path, "a"):
        pass
    assert (tmp_path / name).exists()


def test_a_pipe_in_the_folder_blocks_nobody(tmp_path):
    os.mkfifo(tmp_path / "result.json")
    with pytest.raises(PvsimError, match="did not write"), held(tmp_path, "a"):
        pass


def test_a_lock_full_of_brackets_is_no_riddle(tmp_path):
    (tmp_path / folder.LOCK).write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(PvsimError, match="held by another run"), held(tmp_path, "a"):
        pass


def test_a_folder_that_cannot_be_flushed_still_has_its_file(tmp_path, monkeypatch):
    flush = os.fsync

    def refuse_folders(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(22, "Invalid argument")
        flush(handle)

    monkeypatch.setattr(folder.os, "fsync", refuse_folders)
    folder.replace(tmp_path / "a.csv", b"x")
    assert (tmp_path / "a.csv").read_bytes() == b"x"


def test_a_taken_over_folder_is_swept_by_its_new_holder(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / ".hourly.csv.x.partial").write_text("half", encoding="utf-8")
    lock = {"pid": gone.pid, "host": socket.gethostname(), "started": "2026-01-01T00:00:00+00:00"}
    (tmp_path / folder.LOCK).write_text(json.dumps(lock), encoding="utf-8")
    with held(tmp_path, "a"):
        assert [p.name for p in tmp_path.iterdir()] == [folder.LOCK]


def test_planes_whose_names_look_alike_keep_their_columns():
    result = pvsim.simulate(scenario({"name": "a\u200bb"}, {"name": "a\u200cb", "surface_tilt": 30}, {"name": "a b"}))
    table = pd.read_csv(io.StringIO(files.hourly_csv(result, planes=True)), index_col="time")
    assert len(table.filter(like="p_dc_kw[").columns) == 3
