"""docs/virtual-board.md and what it tells of."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from espsh.sim.faults import parse_faults
from espsh.sim.options import Options, parse_url
from espsh.sim.profiles import PROFILES

TEXT = (Path(__file__).parents[2] / "docs" / "virtual-board.md").read_text(encoding="utf-8")
TICKED = re.findall(r"`([^`\n]+)`", TEXT)


def test_every_option_and_profile_is_told() -> None:
    options = {field.name for field in fields(Options)} - {"profile", "name"}
    assert {word.partition("=")[0] for word in TICKED if re.match(r"\w+=", word)} == options
    assert set(PROFILES) <= set(TICKED)


@pytest.mark.parametrize("address", re.findall(r"'(sim:[^']+)'", TEXT))
def test_the_addresses_can_be_meant(address: str) -> None:
    parse_url(address)


@pytest.mark.parametrize("word", [word for word in TICKED if re.match(r"(lose|noise|mute|unplug|kill)[:@]", word)])
def test_the_faults_can_be_meant(word: str) -> None:
    assert parse_faults(word)
