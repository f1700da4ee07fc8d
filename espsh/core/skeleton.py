"""The files a new plugin begins with: they are installed, tested and used as they stand."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from pathlib import Path

from espsh.core.plugins import BUILTIN
from espsh.errors import EspshError, UsageError

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_PYPROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "espsh-{name}"
version = "0.1.0"
description = "The command {name} for espsh"
requires-python = ">=3.11"
dependencies = ["espsh"]

[project.optional-dependencies]
test = ["espsh[sim]", "pytest>=8"]

[project.entry-points."espsh.plugins"]
{name} = "espsh_{module}"

[tool.setuptools]
py-modules = ["espsh_{module}"]

[tool.pytest.ini_options]
testpaths = ["tests"]
"""

_MODULE = '''\
"""The command {name} for espsh."""

from typing import Annotated

from espsh.api import Arg, Context, Number, command

ESPSH_API = 1


@command({named}boards="each", examples=("{name}", "{name} 3", "@all {name}"))
def {module}(
    ctx: Context,
    times: Annotated[int, Arg(Number("TIMES", least=1), "how often")] = 1,
) -> None:
    """Let a board say hello."""
    ctx.out.text(ctx.board.evaluate(f"' '.join(['hello'] * {{times}})").strip("'"))
'''

_TEST = '''\
"""The command {name}, on a virtual board: real MicroPython, no hardware."""


def test_it_says_hello(sh):
    sh.plug("esp32")
    assert sh("{name} 2").out == "hello hello\\n"


def test_a_number_is_checked(sh):
    sh.plug("esp32")
    assert sh("{name} 0").code == 2


def test_on_two_boards(sh):
    sh.plug("esp32", name="attic")
    sh.plug("esp32c3", name="kitchen")
    assert sh("@all {name}").out == "attic,kitchen: hello\\n"
'''

_README = """\
# espsh-{name}

The command `{name}` for espsh. `espsh_{module}.py` is all of it;
espsh's docs/plugins.md tells what else a plugin can do.

Install it, so that changes count at once, with what its tests need:

    pip install -e '.[test]'

Use it, on a virtual board (for one of yours: `-p PORT`):

    espsh -p sim:esp32 {name} 3
    espsh help {name}

Test it:

    pytest

Remove it:

    pip uninstall -y espsh-{name}
"""

_FILES = {
    "pyproject.toml": _PYPROJECT,
    "espsh_{module}.py": _MODULE,
    "tests/test_{module}.py": _TEST,
    "README.md": _README,
}


def files_of(name: str) -> dict[str, str]:
    """Return the files of a new plugin by path; raise UsageError where it cannot be called ``name``."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' is no name for a plugin", "small letters, digits and single dashes: hello, wifi-scan"
        )
    if keyword.iskeyword(name):
        raise UsageError(f"'{name}' is a word of Python, and no function can be called so", "call it otherwise")
    taken = {word for words in BUILTIN.values() for word in words.split()}
    if name in taken:
        raise UsageError(f"'{name}' is a command of espsh", "call it otherwise")
    module = name.replace("-", "_")
    fields = {"name": name, "module": module, "named": "" if module == name else f'"{name}", '}
    return {path.format(**fields): text.format(**fields) for path, text in _FILES.items()}


def write(folder: str, files: Mapping[str, str]) -> None:
    """Write files into a folder that is empty; raise UsageError where it is not."""
    here = Path(folder)
    try:
        there = sorted(path.name for path in here.iterdir() if path.name not in (".git", ".venv", "venv"))
        if there:
            hint = "begin in an empty folder: mkdir it, cd there"
            raise UsageError(f"{here} is not empty: {there[0]} is there", hint)
        for path, text in files.items():
            target = here / path
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EspshError(f"{here}: {(error.strerror or str(error)).lower()}") from error
