"""Files on a screen with colours: the same characters, and colours only where they can do no harm."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.core.output import Output
from espsh.shell.code import painter
from espsh.shell.draw import Draw
from tests.conftest import Shell
from tests.person import Person

SOURCE = b'"""Doc\nstring."""\n\n\n@property\ndef f(x):\n    return "a" + 5  # why\r\n\n\n'
COLOURED = {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}


def stripped(data: bytes) -> bytes:
    return re.sub(rb"\x1b\[[\d;]*m", b"", data)


def painted(name: str, data: bytes) -> bytes:
    paint = painter(name)
    assert paint is not None
    return paint(data)


def shown(name: str, blocks: Iterator[bytes]) -> Iterator[bytes]:
    taken: list[bytes] = []

    class Sink:
        def write(self, data: bytes) -> None:
            taken.append(data)

    Output(Sink(), Draw(lambda: 80, colour=True), lambda _: None).content(name, blocks)
    yield from taken


@pytest.mark.parametrize("ending", ["py", "json", "toml", "html", "md", "css", "js", "xml", "yaml", "ini", "PY", "pyi"])
@given(text=st.text(st.characters(exclude_categories=["C"], include_characters="\n\t\r\"'#{}[]<>:=`*-")))
def test_no_character_is_changed_or_lost(ending: str, text: str) -> None:
    assert stripped(painted(f"a.{ending}", text.encode())) == text.encode()


def test_words_have_the_colours_of_the_cells_and_each_line_its_own() -> None:
    out = painted("a.py", SOURCE)
    for token in (b"\x1b[35mdef\x1b[0m", b"\x1b[34mf\x1b[0m", b"\x1b[33m5\x1b[0m", b"\x1b[90;3m# why\x1b[0m",
                  b'\x1b[32m"""Doc\x1b[0m\n\x1b[32mstring."""\x1b[0m\n'):  # fmt: skip
        assert token in out
    assert b'\x1b[34m"wifi"\x1b[0m' in painted("a.json", b'{"wifi": 1}')


@pytest.mark.parametrize("data", [b"x = 1 # \x1b[2J", b"x = 1\x07", b"x = '\xff'", b"", "x = '\x9b2J'".encode()])
def test_what_is_no_text_or_steers_a_screen_is_shown_as_it_is(data: bytes) -> None:
    assert painted("a.py", data) == data


@pytest.mark.parametrize("name", ["a.mpy", "a.bin", "a", "py", "a.txt", "a.py.gz"])
def test_other_files_have_no_colours(name: str) -> None:
    assert painter(name) is None


def test_a_long_file_comes_as_it_is_read() -> None:
    blocks = [SOURCE * 200] * 5
    assert list(shown("a.py", iter(blocks)))[1:] == blocks[-2:]
    assert b"".join(shown("a.py", iter(blocks))) == b"".join(blocks)


def test_what_came_of_a_file_is_shown_when_the_rest_does_not() -> None:
    def broken() -> Iterator[bytes]:
        yield SOURCE
        raise OSError

    seen: list[bytes] = []
    with pytest.raises(OSError):
        Output(type("Sink", (), {"write": lambda _, data: seen.append(data)})(), Draw(lambda: 80, colour=True),
               lambda _: None).content("a.py", broken())  # fmt: skip
    assert stripped(b"".join(seen)) == SOURCE


def test_cat_is_coloured_on_a_terminal_alone(board: Shell, tmp_path: Path) -> None:
    person = Person(board.folder, {**board.env, **COLOURED})
    person.ports = board.ports
    person.write("a.py", SOURCE)
    assert person("cp a.py :").code == 0
    out = person.at_terminal("cat :a.py; cat a.py", **COLOURED).data
    assert (stripped(out), out.count(b"\x1b[35mdef")) == (SOURCE * 2, 2)
    assert person.at_terminal("cat :a.py > b.py; cat b.py", **COLOURED, NO_COLOR="1").data == SOURCE
    assert person.read("b.py") == SOURCE
    assert person.at_terminal("cat :a.py > c.py", **COLOURED).data == b""
    assert person.read("c.py") == SOURCE
    assert person("cat :a.py").data == SOURCE
    assert person.at_terminal("cat a.py", **COLOURED | {"TERM": "dumb"}).data == SOURCE


def test_pygments_is_loaded_for_colours_alone(tmp_path: Path) -> None:
    Path(tmp_path, "a.py").write_bytes(SOURCE)
    code = "import sys; from espsh.cli import main; main(['-c', 'cat a.py']); print('pygments' in sys.modules)"
    env = {**os.environ, "ESPSH_PORT": "none", "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, check=True)
    assert done.stdout == SOURCE + b"False\n"
