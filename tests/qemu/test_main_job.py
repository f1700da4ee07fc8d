"""The main job on real firmware: a micro:bit with MicroPython 1.9.2, which no other tool can work with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Shell
from tests.qemu.microbit import microbit, missing

pytestmark = [pytest.mark.qemu, pytest.mark.skipif(missing() is not None, reason=str(missing()))]
ALL_BYTES = bytes(range(256)) * 8


@pytest.fixture
def real(sh: Shell) -> Iterator[Shell]:
    with microbit() as port:
        sh.ports.append(port)
        yield sh


def test_files_both_ways(real: Shell) -> None:
    real.write("all.bin", ALL_BYTES)
    assert real("ls :").lines == []
    copied = real("cp all.bin :; ls -l :; sha256sum all.bin :all.bin; cp :all.bin back.bin")
    assert copied.code == 0, copied.err
    size, *digests = copied.lines
    assert size == "2048 all.bin"
    assert len({line.split()[0] for line in digests}) == 1
    assert real.read("back.bin") == ALL_BYTES
    assert real("rm :all.bin; ls :").lines == []


def test_replacing_a_file(real: Shell) -> None:
    real.write("a.txt", "old")
    real.write("b.txt", "new and longer")
    assert real("cp a.txt :; cp b.txt :a.txt; cat :a.txt").out == "new and longer"


def test_running_code(real: Shell) -> None:
    real.write("p.py", "for n in range(3):\n    print(n * n)\n")
    assert real("exec print(1 + 1)").out == "2\n"
    assert real("eval 2 ** 10").out == "1024\n"
    assert real("run p.py").lines == ["0", "1", "4"]
    failed = real("exec 1/0")
    assert (failed.code, "ZeroDivisionError" in failed.err) == (1, True), failed.err


def test_a_compiled_program_is_refused_and_its_source_runs(real: Shell) -> None:
    real.write("p.py", "print(6 * 7)\n")
    refused = real("run --mpy p.py")
    assert (refused.code, refused.out) == (1, "") and refused.err.endswith("hint: run its source\n"), refused.err
    assert real("run p.py").lines == ["42"]


def test_what_a_flat_filesystem_has_not_is_said(real: Shell) -> None:
    real.write("dir/a", "a")
    for line in ("mkdir :lib", "cp -r dir :", "df"):
        result = real(line)
        assert "Traceback" not in result.err
        assert "bug in espsh" not in result.err
        assert result.code == 0 if line == "df" else result.code in (1, 2), result.err


def test_who_it_is(real: Shell) -> None:
    (row,) = real("boards").lines[1:]
    assert "1.9.2" in row
