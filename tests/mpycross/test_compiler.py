"""The compiler of the commands: many files at once, each compiled once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from espsh.board.board import Board
from espsh.errors import EspshError
from espsh.mpycross import CompileError, Compiler, Options, Source, Target, compiler, programs
from espsh.mpycross.kept import Kept

ESP32 = Target(6, 3, 10, "1.29.0")


@pytest.fixture
def compiling(tmp_path: Path) -> Compiler:
    return Compiler(Kept(lambda: tmp_path))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the sources that a compiler was started for."""
    started: list[str] = []
    real = compiler.compile_source

    def counted(data: bytes, name: str, *rest: object, **more: object) -> bytes:
        started.append(name)
        return real(data, name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(compiler, "compile_source", counted)
    return started


def source(data: bytes = b"x = 1\n", name: str = "x.py", shown: str = "lib/x.py") -> Source:
    return Source(data, name, shown)


def test_what_was_compiled_is_kept_for_the_next_process(compiling: Compiler, runs: list[str], tmp_path: Path) -> None:
    made = compiling.compile(source(), ESP32)
    assert Compiler(Kept(lambda: tmp_path)).compile(source(shown="elsewhere"), ESP32) == made
    assert runs == ["x.py"]


@pytest.mark.parametrize(
    ("other", "target", "options"),
    [
        (source(b"x = 2\n"), ESP32, Options()),
        (source(name="y.py"), ESP32, Options()),
        (source(), ESP32._replace(arch=0), Options()),
        (source(), ESP32._replace(sub_version=2), Options()),
        (source(), Target.of_release("1.18"), Options()),
        (source(), ESP32, Options(optimise=3)),
        (source(), ESP32, Options(heapsize=4_000_000)),
    ],
)
def test_all_that_makes_a_difference_is_compiled_anew(
    compiling: Compiler, runs: list[str], other: Source, target: Target, options: Options
) -> None:
    compiling.compile(source(), ESP32)
    compiling.compile(other, target, options)
    assert len(runs) == 2


def test_another_compiler_of_the_same_version_compiles_anew(
    compiling: Compiler, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiling.compile(source(), ESP32)
    monkeypatch.setattr(programs, "fingerprint", lambda program: f"a later build of {program}")
    compiling.compile(source(), ESP32)
    assert len(runs) == 2


@pytest.mark.parametrize("release", ["1.9", "1.9.3", "1.11", "1.12", "1.19", "1.20", "1.22", "1.23"])
def test_every_compiler_s_work_is_kept(compiling: Compiler, runs: list[str], release: str) -> None:
    target = Target.of_release(release)
    assert compiling.compile(source(), target) == compiling.compile(source(), target)
    assert runs == ["x.py"]


def test_many_come_back_in_order(compiling: Compiler) -> None:
    sources = [source(b"x = %d\n" % number, f"m{number}.py") for number in range(30)]
    made = compiling.compile_all([(one, ESP32) for one in sources])
    assert made == [compiling.compile(one, ESP32) for one in sources]
    assert len(set(made)) == 30


def test_what_several_boards_want_at_once_is_compiled_once(runs: list[str], tmp_path: Path) -> None:
    begin = threading.Barrier(6, timeout=10)

    def board() -> None:
        begin.wait()
        made.append(Compiler(Kept(lambda: tmp_path)).compile(source(), ESP32))

    made: list[bytes] = []
    boards = [threading.Thread(target=board) for _ in range(6)]
    for thread in boards:
        thread.start()
    for thread in boards:
        thread.join()
    assert runs == ["x.py"]
    assert len(made) == 6 and len(set(made)) == 1


@pytest.mark.parametrize(
    ("bad", "hint"),
    [
        ([3], None),
        ([3, 5], "also: 5.py:2: SyntaxError: invalid syntax"),
        ([0, 1, 2, 3, 4, 5], "also: 1.py:2: SyntaxError: invalid syntax; 2.py:2: SyntaxError: invalid syntax; "
         "3.py:2: SyntaxError: invalid syntax; and 2 more"),
    ],
)  # fmt: skip
def test_every_file_that_does_not_compile_is_named(compiling: Compiler, bad: list[int], hint: str | None) -> None:
    sources = [source(b"x\n=" if number in bad else b"x = 1\n", shown=f"{number}.py") for number in range(8)]
    with pytest.raises(CompileError) as failed:
        compiling.compile_all([(one, ESP32) for one in sources])
    assert failed.value.message == f"{bad[0]}.py:2: SyntaxError: invalid syntax"
    assert failed.value.hint == hint


def test_what_is_wrong_with_all_of_them_is_said_once(compiling: Compiler) -> None:
    with pytest.raises(CompileError, match="no compiler here makes") as failed:
        compiling.compile_all([(source(), Target(7, 0, 0, "1.40"))] * 9)
    assert failed.value.hint and "also" not in failed.value.hint


def test_the_step_of_a_copy(port: Callable[..., str], compiling: Compiler) -> None:
    board = connect(port())
    try:
        step, below = compiling.step_for(board), compiling.step_for(board, "/app")
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


def connect(url: str) -> Board:
    from espsh.base.events import EventBus
    from espsh.ports.open import PortSettings

    return Board.connect(url, settings=PortSettings(), events=EventBus(), names=None)
