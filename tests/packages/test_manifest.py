"""Reading package.json, hostile ones included."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.errors import EspshError
from espsh.packages.manifest import File, read_manifest
from espsh.packages.spec import Addressed, Named

PACKAGE = Named("greet")
ATOM = st.sampled_from([None, True, 1, "", "a.py", "../a", "0123abcd", "https://host/x", "words", "github:u/r", {}])
VALUE = ATOM | st.lists(ATOM | st.lists(ATOM, max_size=3), max_size=3)


def test_what_one_says() -> None:
    found = read_manifest(
        {
            "v": 1,
            "version": "0.2",
            "hashes": [["./greet/a.mpy", "0123abcd"]],
            "urls": [["greet/b.bin", "https://host/b.bin"]],
            "deps": [["words", "latest"], ["other", "1.0"]],
        },
        PACKAGE,
    )
    assert found.files == (
        File("greet/a.mpy", "0123abcd"),
        File("greet/b.bin", source=Addressed("https://host/b.bin")),
    )
    assert (found.version, found.needs) == ("0.2", (Named("words"), Named("other", "1.0")))


def test_the_least_one() -> None:
    assert read_manifest({}, PACKAGE) == ("", (), ())


@pytest.mark.parametrize(
    "path",
    [
        "/main.py", "../boot.py", "a/../../boot.py", "..", "", ".", "a//b", "a/", "C:x", "a\\..\\b", "a\x00b", "a\nb",
        ".espsh-packages.json", "a/.espsh~", "x" * 300, 7, None, ["a"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["hashes", "urls"])
def test_names_outside_of_the_target(path: object, key: str) -> None:
    with pytest.raises(EspshError, match="greet names the file"):
        read_manifest({key: [[path, {"hashes": "0123abcd", "urls": "https://host/x"}[key]]]}, PACKAGE)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"v": 2}, "format '2'"),
        ({"hashes": {"a": "b"}}, "'hashes' in its package.json is no list of pairs"),
        ({"hashes": [["a.py"]]}, "no list of pairs"),
        ({"hashes": [["a.py", "../../secret"]]}, "no beginning of a SHA-256"),
        ({"hashes": [["a.py", "abc"]]}, "no beginning of a SHA-256"),
        ({"hashes": [["a.py", "0123abcd"], ["a.py", "0123abce"]]}, "two files for a.py"),
        ({"hashes": [["a.py", "0123abcd"]] * 1001}, "1001 entries"),
        ({"deps": [["../x", ""]]}, "is a path on this machine"),
        ({"deps": ["words"]}, "no list of pairs"),
    ],
)
def test_what_is_refused(data: dict[str, Any], said: str) -> None:
    with pytest.raises(EspshError) as raised:
        read_manifest(data, PACKAGE)
    assert said in raised.value.message


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("v", "version", "hashes", "urls", "deps"), VALUE)))
def test_any_json_is_read_or_refused(data: dict[str, Any]) -> None:
    try:
        found = read_manifest(data, PACKAGE)
    except EspshError as error:
        assert error.message.isprintable()
        return
    assert all(not file.path.startswith("/") for file in found.files)
