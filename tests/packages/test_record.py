"""The record of what was installed, as it is written, and as anything may stand there."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.packages.record import Installed, read_record, with_new, write_record

GREET = Installed("greet", "0.2", "https://host", {"greet.py": "0123456789abcdef", "words.py": "0"})
PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=5)
PACKAGES = st.builds(Installed, PRINTABLE, PRINTABLE, PRINTABLE, st.dictionaries(PRINTABLE, PRINTABLE, max_size=3))


@given(st.lists(PACKAGES, max_size=3))
def test_what_is_written_is_read(packages: list[Installed]) -> None:
    record = {package.name: package for package in packages}
    assert read_record(write_record(record)) == record
    assert write_record(dict(reversed(record.items()))) == write_record(record)


def test_a_file_is_of_the_package_that_wrote_it_last() -> None:
    words = Installed("words", "1", "x", {"words.py": "1"})
    new = with_new({"greet": GREET, "other": GREET._replace(name="other", files={})}, [words])
    assert (new["greet"].files, new["words"], new["other"].files) == ({"greet.py": "0123456789abcdef"}, words, {})


def test_who_has_no_file_left_goes() -> None:
    assert list(with_new({"greet": GREET}, [GREET._replace(name="other")])) == ["other"]


def test_a_new_version_takes_the_old_ones_place() -> None:
    assert with_new({"greet": GREET}, [GREET._replace(version="3", files={})])["greet"].files == {}


@pytest.mark.parametrize(
    "data", [b"", b"[[", b"[]", b"{}", b'{"v":2,"packages":{}}', b'{"v":1,"packages":[]}', b"\xff"]
)
def test_what_is_no_record(data: bytes) -> None:
    assert read_record(data) is None


@pytest.mark.parametrize(
    "row", [7, {}, {"files": []}, {"files": {"a": 1}}, {"files": {}, "version": 3}, {"files": {"\x1b[2J": "0"}}]
)
def test_rows_that_are_none_are_left_out(row: object) -> None:
    rows = {"bad": row, "good": {"files": {"a.py": "0"}}, "\x1b]0;x\x07": {"files": {}}}
    found = read_record(json.dumps({"v": 1, "packages": rows}).encode())
    assert found == {"good": Installed("good", "", "", {"a.py": "0"})}


@given(st.binary())
def test_any_bytes_are_a_record_or_none(data: bytes) -> None:
    assert read_record(data) is None
