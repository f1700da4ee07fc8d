"""Commands with & at their end, as a script has them: who holds a board, how jobs end, what that comes to."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from espsh.base.world import World
from espsh.cli import BROKEN_PIPE, main
from tests.conftest import Result, Shell

Port = Callable[..., str]
LOOP = "print('at work')\nwhile True:\n    pass\n"


@pytest.fixture
def two(sh: Shell, port: Port) -> Shell:
    sh.ports += [f"attic={port()}", f"kitchen={port('esp32c3')}"]
    sh.write("loop.py", LOOP)
    return sh


class Heard(io.BytesIO):
    """A stdout that tells when a text was written."""

    def __init__(self, text: bytes) -> None:
        super().__init__()
        self._text = text
        self.heard = threading.Event()

    def write(self, data: bytes) -> int:  # type: ignore[override]  # more than bytes is not written
        size = super().write(data)
        if self._text in self.getvalue():
            self.heard.set()
        return size


class Typed(io.StringIO):
    """A stdin of lines; those behind the first come when they ``may_go_on``."""

    def __init__(self, lines: Sequence[str], may_go_on: threading.Event) -> None:
        super().__init__()
        self._lines = lines
        self._may_go_on = may_go_on

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]  # only lines are read
        yield self._lines[0]
        assert self._may_go_on.wait(60)
        yield from self._lines[1:]


def when(sh: Shell, text: bytes, *lines: str) -> Result:
    """Run the first line, and the others once ``text`` was said."""
    out = Heard(text)
    wrapped, err = io.TextIOWrapper(out, "utf-8"), io.StringIO()
    ports = [word for port in sh.ports for word in ("-p", port)]
    code = main(ports, World(Typed(lines, out.heard), wrapped, err, sh.env, sh.folder))
    wrapped.flush()
    return Result(code, out.getvalue(), err.getvalue())


def test_a_job_has_its_board_alone_and_others_can_be_worked_on(two: Shell) -> None:
    result = when(two, b"at work", "run loop.py &", "jobs", "@kitchen eval 6*7", "touch here; ls here", "ls attic:")
    assert result.code == 3
    assert result.lines[0] == "attic: at work"
    number, state, board, _, *rest = result.lines[2].split()
    assert (number, state, board, rest) == ("%1", "running", "attic", ["run", "loop.py", "1", "lines"])
    assert result.lines[3:] == ["kitchen: 42", "here"]
    first, hint, last = result.err.splitlines()
    assert first == "stdin:5: ls: attic is held by job 1: run loop.py"
    assert hint == "hint: wait %1 waits for it, kill %1 ends it"
    assert last.startswith("[1] ended  run loop.py (")


def test_a_killed_job_leaves_its_board_at_the_prompt_and_counts_for_nothing(two: Shell) -> None:
    result = when(two, b"at work", "run loop.py &", "kill", "eval 6*7", "jobs")
    assert (result.code, result.lines) == (0, ["attic: at work", "42"])
    assert result.err.splitlines()[0].startswith("[1] ended  run loop.py (")


def test_two_jobs_at_once_on_two_boards(two: Shell) -> None:
    two.write("say.py", "import sys\nprint('I am', sys.argv[1])\n")
    result = two("run say.py one &; @kitchen run say.py two &; wait; jobs")
    assert result.code == 0
    assert sorted(result.lines) == ["attic: I am one", "kitchen: I am two"]
    assert sorted(line[:24] for line in result.err.splitlines()) == [
        "[1] done  run say.py one", "[2] done  @kitchen run s", "no job runs; & at the en"
    ]  # fmt: skip


def test_the_end_of_a_script_waits_and_ends_with_the_gravest_code(two: Shell) -> None:
    two.write("x.espsh", "@all filetype :no &\nwait %1\ncp nosuch kitchen: &\necho 'last' &\n")
    result = two.run("-f", "x.espsh")
    assert result.code == 2
    assert result.lines == ["attic,kitchen: missing", "[2]: last"]
    assert f"[1] failed: x.espsh:3: cp: {two.folder / 'nosuch'}: no such file or directory" in result.err.splitlines()


def test_waiting_for_a_failure_is_one(two: Shell) -> None:
    result = two("ls :/nosuch &; wait; echo never")
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines()[-1] == "wait: job 1 failed"


def test_a_script_that_fails_or_leaves_is_done_with_what_it_watches(two: Shell) -> None:
    for line, code in (("cat nosuch", 2), ("exit", 0)):
        result = when(two, b"at work", "run loop.py &", line)
        assert result.code == code
        assert "[1] ended  run loop.py" in result.err


def test_a_job_writes_where_the_shell_was_when_it_began(two: Shell) -> None:
    result = two("mkdir sub; cd sub; source ../in.espsh &; cd ..; wait; pwd; ls sub; cat sub/out.txt")
    assert result.code == 2
    two.write("in.espsh", "cd ..\ncd sub\necho here > out.txt\nset timing on\nexit\necho never\n")
    result = two("cd sub; source ../in.espsh &; cd ..; wait; pwd; cat sub/out.txt; set timing")
    assert (result.code, result.lines) == (0, [str(two.folder), "here", "off"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("repl &; wait", "repl: this needs a terminal"),
        ("edit :x &; wait", "needs a terminal"),
        ("connect sim:esp32/other &; wait", "a job works with the boards that are connected"),
        ("disconnect attic &; wait", "a job works with the boards that are connected"),
        ("source x.espsh &; wait", "a job begins no jobs of its own"),
        ("ls attc:/ &", "no board 'attc'"),
        ("nosuch &", "no command 'nosuch'"),
        ("@all ls : > one.txt &; wait", "several boards cannot write to one file"),
        ("kill", "no job runs"),
        ("fg %3", "no job '%3'"),
        ("wait some", "no job 'some'"),
        ("run loop.py &; @kitchen run loop.py &; kill", "which job? these run: %1, %2"),
        ("exec 1 &", "SyntaxError"),
        ("@attic,kitchen rm -r :lib &; wait", "rm: nobody is here to answer: "),
    ],
)
def test_what_cannot_be(two: Shell, line: str, said: str) -> None:
    two.write("x.espsh", "sleep 1 &\n")
    result = two(f"{line}; echo never")
    assert result.code == (1 if line == "exec 1 &" else 2)
    assert said in result.err


def test_a_job_for_a_set_as_a_whole(two: Shell) -> None:
    result = two("snapshot save all.espsnap @all &; wait; kill")
    assert result.code == 2
    assert "[1] done  snapshot save all.espsnap @all (" in result.err
    assert (two.folder / "all.espsnap").stat().st_size > 0


def test_a_sleeping_job_is_ended_at_once(sh: Shell) -> None:
    result = sh("sleep 600 &; sleep 600 &; kill %1 %2; echo on")
    assert (result.code, result.out) == (0, "on\n")
    assert len([line for line in result.err.splitlines() if "ended  sleep 600" in line]) == 2


def test_jobs_for_a_program(two: Shell) -> None:
    result = two("sleep 0 &; @all filetype :no &; wait; sleep 600 &; jobs --json; kill")
    (record,) = json.loads(result.lines[-1])
    assert (record["number"], record["state"], record["command"]) == (1, "running", "sleep 600")
    assert (record["boards"], record["code"]) == ([], None)


def test_who_reads_a_job_goes_away(two: Shell) -> None:
    class Closed(io.BytesIO):
        def write(self, data: bytes) -> int:  # type: ignore[override]  # nobody reads
            raise BrokenPipeError

    out = io.TextIOWrapper(Closed(), "utf-8")
    ports = [word for port in two.ports for word in ("-p", port)]
    code = main(
        [*ports, "-c", "@all run loop.py &; wait"], World(io.StringIO(), out, io.StringIO(), two.env, two.folder)
    )
    assert code == BROKEN_PIPE
    assert two("@all eval 1").lines == ["attic,kitchen: 1"]
