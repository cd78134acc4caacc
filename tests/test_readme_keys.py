"""The table of scenario keys in the README is the one that the schema gives."""

from __future__ import annotations

from cases import ROOT

from pvsim.scenario.jsonschema import key_table

BEGIN, END = "<!-- keys:begin -->", "<!-- keys:end -->"


def test_the_table_of_keys_is_the_generated_one():
    """When it is not: put the output of ``pvsim.scenario.jsonschema.key_table()`` between the two comments."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count(BEGIN) == readme.count(END) == 1
    between = readme.split(BEGIN)[1].split(END)[0]
    assert between.strip("\n").splitlines() == key_table().splitlines()
