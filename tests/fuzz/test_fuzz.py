"""Inputs that nobody meant: 10,000 on each run, and all that ever broke a parser."""

from __future__ import annotations

import itertools
import random

import pytest

from tests.fuzz.fuzz import fuzz, kept
from tests.fuzz.inputs import inputs
from tests.fuzz.targets import targets

EACH = 450


@pytest.mark.parametrize("name", list(targets()))
def test_no_input_raises_anything_but_an_error_of_ours(name: str) -> None:
    target = targets()[name]
    made = itertools.islice(inputs(target.seeds, random.Random(name)), EACH)
    report = fuzz(target, itertools.chain(kept(name), made))
    assert report.broken is None, report.broken[:500] if report.broken else ""
    assert report.taken + report.refused == EACH + len(kept(name))


def test_they_are_ten_thousand() -> None:
    assert EACH * len(targets()) >= 10_000
