"""docs/shipped-plugins.md is true: what is typed there at a virtual board prints what stands below it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from espsh.testing import Shell

PAGE = (Path(__file__).parent.parent / "docs" / "shipped-plugins.md").read_text(encoding="utf-8")
SECTIONS = {part.splitlines()[0]: part for part in PAGE.split("\n## ")[1:]}
SESSION = re.compile(r"^```\n(\$ espsh .*?)^```", re.MULTILINE | re.DOTALL)


def typed(section: str) -> list[tuple[str, str]]:
    """Return the lines of a section and what they print; those at real boards are left out."""
    lines = "".join(SESSION.findall(section)).removeprefix("$ espsh ").split("\n$ espsh ")
    pairs = [line.partition("\n")[::2] for line in lines]
    return [(line, expected) for line, expected in pairs if line and "/dev/" not in line]


@pytest.mark.parametrize("title", [title for title, section in SECTIONS.items() if typed(section)])
def test_what_is_typed_prints_what_stands_there(sh: Shell, title: str) -> None:
    port = sh.boards.new("esp32")
    for line, expected in typed(SECTIONS[title]):
        done = sh.run(*(at(port, word) for word in shlex.split(line)))
        assert (done.code, done.err) == (0, ""), line
        shown, whole = plain(expected), plain(done.out)
        assert whole[: len(shown) - 1] == shown[:-1] if shown[-1:] == ["…"] else whole == shown, line


def test_each_shipped_plugin_is_told_of() -> None:
    listed = (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    names = re.findall(r'^([\w-]+) = "espsh_plugins\.', listed, re.MULTILINE)
    assert len(names) > 5
    assert all(re.search(rf"^## .*\b{name}\b", PAGE, re.MULTILINE) for name in names)


def at(port: str, word: str) -> str:
    """Return the word with ``port``, which has options of its own, for the page's board."""
    return re.sub(r"^sim:esp32(\??)", lambda found: port + "&" * len(found[1]), word)


def plain(text: str) -> list[str]:
    """Return the lines, without the times in them."""
    return [re.sub(r"^\d+\.\d{3} ", "T ", line) for line in text.rstrip().splitlines()]
