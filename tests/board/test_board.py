"""A whole board on the virtual ESP32: every call once, whatever the line does; unplugging, restarts, Ctrl-C."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from espsh.base.events import EventBus, Notice, Progress, StrayOutput
from espsh.board.board import Board
from espsh.board.meeting.names import NameStore
from espsh.errors import (
    ConnectError,
    InterruptedByUserError,
    LinkLostError,
    NotFoundError,
    RemoteError,
    TransferError,
    UsageError,
)
from espsh.ports.open import PortSettings

ALL_BYTES = bytes(range(256)) * 8
Connect = Callable[..., Board]


@pytest.fixture
def events() -> list[Any]:
    return []


@pytest.fixture
def connect(port: Callable[..., str], tmp_path: Path, events: list[Any]) -> Iterator[Connect]:
    made: list[Board] = []
    bus = EventBus()
    bus.subscribe(events.append)

    def make(url: str | None = None, **options: str) -> Board:
        names = NameStore(tmp_path / "names.toml")
        trace = (tmp_path / "trace").open("ab")
        settings = PortSettings(trace=trace.write)
        made.append(Board.connect(url or port(**options), settings=settings, events=bus, names=names))
        made[-1].trace_file = trace  # type: ignore[attr-defined]  # kept open as long as the board
        return made[-1]

    yield make
    for board in made:
        board.close()
        board.trace_file.close()  # type: ignore[attr-defined]  # see above


def run(board: Board, code: str) -> bytes:
    out = bytearray()
    board.execute(code, output=out.extend)
    return bytes(out).replace(b"\r\n", b"\n")


def test_identity_and_abilities_are_asked(connect: Connect) -> None:
    board = connect()
    assert (board.name, board.identity.chip) == ("esp32", "ESP32")
    assert len(board.identity.unique_id) == 12
    assert board.abilities.rename
    assert not board.abilities.flat


def test_the_user_may_shadow_everything(connect: Connect) -> None:
    board = connect()
    run(board, "len = print = exec = eval = globals = repr = bytes = range = 1\nimport sys\nsys.ps1 = '$ '")
    assert board.evaluate("len") == "1"
    board.files.write("/a", [b"x"])
    assert [entry.path for entry in board.files.listdir("/")] == ["a"]


def test_output_comes_as_it_is_and_while_it_runs(connect: Connect) -> None:
    board = connect()
    arrived = threading.Event()
    seen = bytearray()

    def output(data: bytes) -> None:
        seen.extend(data)
        if b"first" in seen:
            arrived.set()
            board.cancel()

    with pytest.raises(InterruptedByUserError):
        board.execute("print('first', end='')\nwhile True:\n    pass", output=output)
    assert arrived.is_set()
    assert board.evaluate("1+1") == "2"


def test_binary_output_with_the_prompts_own_marks(connect: Connect) -> None:
    data = bytes(range(256)) + b"\x04\x04>\x1e12 34 "
    board = connect()
    out = bytearray()
    board.execute(f"import sys\nsys.stdout.buffer.write({data!r}) and None", output=out.extend)
    assert bytes(out) == data


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("1/0", "ZeroDivisionError", "divide by zero"),
        ("def f(:", "SyntaxError", "syntax"),
        ("import sys; sys.exit(3)", "SystemExit", "3"),
        ("raise OSError(28)", "OSError", "28"),
        ("bytearray(10**9)", "MemoryError", "memory"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_exceptions_of_a_program(connect: Connect, code: str, kind: str, message: str) -> None:
    board = connect()
    with pytest.raises(RemoteError, match=message) as error:
        board.execute(code, output=lambda _: None, filename="app.py")
    assert error.value.kind == kind
    assert error.value.board == board.name
    if kind not in ("SystemExit",):
        assert 'File "app.py"' in error.value.traceback
    assert board.evaluate("6*7") == "42"


def test_an_exit_with_zero_is_no_failure(connect: Connect) -> None:
    assert run(connect(), "print('x')\nraise SystemExit(0)") == b"x\n"


def test_arguments_and_unicode(connect: Connect) -> None:
    board = connect()
    out = bytearray()
    board.execute("import sys\nprint(sys.argv, 'é 你')", output=out.extend, filename="a.py", argv=["a.py", "ü b"])
    assert out.decode().split() == ["['a.py',", "'\\xfc", "b']", "é", "你"]


@pytest.mark.parametrize("code", ["x = '\x03'", b"\xff"])
def test_source_that_no_prompt_can_take(connect: Connect, code: str | bytes) -> None:
    with pytest.raises(UsageError):
        connect().execute(code, output=lambda _: None)


def test_a_restart_while_a_program_runs_is_said(connect: Connect) -> None:
    board = connect()
    with pytest.raises(RemoteError, match="restarted"):
        board.execute("import machine; machine.reset()", output=lambda _: None)
    assert board.evaluate("1") == "1"


def test_a_call_runs_once_though_its_answer_is_lost(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer is thrown away; the board is asked again and does not append twice."""
    board = connect()
    remote = board._remote
    deliver = remote.toolbox.deliver
    lost: list[str] = []

    def lose(snippets: Any, call: str, reply: Any, **how: bool) -> None:
        deliver(snippets, call, reply, **how)
        if "os.mkdir" in call and not lost:
            lost.append(call)
            from espsh.base.deadline import Deadline
            from espsh.board.prompt.delivery import DamagedError, until_end

            until_end(remote.repl, reply, Deadline(5))
            raise DamagedError("thrown away by the test")

    monkeypatch.setattr(remote.toolbox, "deliver", lose)
    board.files.make_directory("/once")
    assert lost
    with pytest.raises(RemoteError, match="exists"):
        board.files.make_directory("/once")


def test_strangers_prints_are_told_apart(connect: Connect, events: list[Any]) -> None:
    board = connect()
    code = """
import _thread, time
def tick():
    for _ in range(60):
        print('tick')
        time.sleep_ms(3)
_thread.start_new_thread(tick, ())
"""
    run(board, code)
    for n in range(10):
        board.files.write("/file", [b"%d" % n * 300])
        assert b"".join(board.files.read("/file")) == b"%d" % n * 300
    said = b"".join(event.data for event in events if isinstance(event, StrayOutput))
    assert b"tick" in said or not said


def test_a_stranger_that_never_stops_printing(connect: Connect) -> None:
    """Even the prompt's own marks are followed by prints, for ever; no answer waits for quiet."""
    board = connect()
    code = """
import _thread, time
def tick():
    while True:
        print('tick', end='')
        time.sleep_ms(2)
_thread.start_new_thread(tick, ())
"""
    run(board, code)
    for n in range(6):
        assert board.evaluate(f"{n}+1") == f"{n + 1}"
        board.files.write("/f", [b"%d" % n])
        assert b"".join(board.files.read("/f")) == b"%d" % n


def test_files(connect: Connect, events: list[Any]) -> None:
    files = connect().files
    files.write("/O'zbek =é 你好.py", [ALL_BYTES[:100], b"", ALL_BYTES[100:]], len(ALL_BYTES))
    assert b"".join(files.read("/O'zbek =é 你好.py")) == ALL_BYTES
    assert files.digests(["/O'zbek =é 你好.py"]) == {"/O'zbek =é 你好.py": hashlib.sha256(ALL_BYTES).hexdigest()}
    files.make_directory("/lib/a/b", parents=True)
    files.copy("/O'zbek =é 你好.py", "/lib/a/c")
    files.append("/lib/a/c", [b"tail"])
    files.rename("/lib/a/c", "/lib/a/d")
    assert [(e.path, e.is_dir, e.size) for e in files.listdir("/lib", recursive=True)] == [
        ("a", True, 0), ("a/b", True, 0), ("a/d", False, len(ALL_BYTES) + 4),
    ]  # fmt: skip
    assert [entry.path for entry in files.cached_listing("/lib") or []] == ["a"]
    with pytest.raises(RemoteError, match="not empty"):
        files.remove("/lib/a")
    assert files.cached_listing("/lib") is None
    files.remove_tree("/lib")
    assert files.find("/lib") is None
    with pytest.raises(NotFoundError):
        next(files.read("/lib/a"))
    done = [event for event in events if isinstance(event, Progress)]
    assert done[0].total == len(ALL_BYTES)


def test_a_big_file_is_never_whole_in_memory(connect: Connect) -> None:
    files, other = connect().files, connect().files
    block, count = bytes(range(256)) * 16, 30
    files.write("/big", (block for _ in range(count)), len(block) * count)
    sizes = []

    def counted() -> Iterator[bytes]:
        for data in files.read("/big"):
            sizes.append(len(data))
            yield data

    other.write("/big", counted(), len(block) * count)
    assert max(sizes) <= 8192
    assert files.digests(["/big"]) == other.digests(["/big"])


def test_a_failing_source_leaves_the_old_file(connect: Connect) -> None:
    files = connect().files
    files.write("/a", [b"old"])

    def broken() -> Iterator[bytes]:
        yield b"new" * 1000
        raise OSError("the host's disk")

    with pytest.raises(OSError, match="the host's disk"):
        files.write("/a", broken())
    assert b"".join(files.read("/a")) == b"old"
    assert [entry.path for entry in files.listdir("/")] == ["a"]


def test_cancelling_a_copy_leaves_the_old_file(connect: Connect) -> None:
    board = connect()
    board.files.write("/a", [b"old"])

    def endless() -> Iterator[bytes]:
        for number in range(1000):
            if number == 20:
                board.cancel()
            yield b"x" * 500

    with pytest.raises(InterruptedByUserError):
        board.files.write("/a", endless())
    assert b"".join(board.files.read("/a")) == b"old"
    assert [entry.path for entry in board.files.listdir("/")] == ["a"]


def test_no_room_is_known_before(connect: Connect) -> None:
    files = connect(size="64k").files
    files.write("/a", [b"old"])
    with pytest.raises(RemoteError, match="no room") as error:
        files.write("/a", [bytes(1000)] * 1000, 10**6)
    assert error.value.errno == 28
    with pytest.raises(RemoteError, match="no room"):
        files.write("/a", (b"x" * 1000 for _ in range(100)))
    assert b"".join(files.read("/a")) == b"old"
    assert [entry.path for entry in files.listdir("/")] == ["a"]


def test_the_clock_and_the_heap(connect: Connect) -> None:
    board = connect()
    when = datetime(2031, 2, 3, 4, 5, 6)
    board.set_time(when)
    assert abs((board.time() - when).total_seconds()) < 60
    heap = board.heap()
    assert heap.total == heap.free + heap.used > 10_000


def test_resets(connect: Connect, events: list[Any]) -> None:
    board = connect()
    board.files.write("/main.py", [b"x = 1\nwhile True:\n    pass\n"])
    board.soft_reset()
    assert board.evaluate("x") == "1"
    assert [event.text for event in events if isinstance(event, Notice)] == [
        "a program was running; it was interrupted"
    ]
    board.hard_reset()
    assert board.evaluate("1") == "1"


def test_the_friendly_prompt_and_back(connect: Connect) -> None:
    board = connect()
    with board.repl() as wire:
        seen = bytearray()
        shown = threading.Event()

        def listen(data: bytes) -> None:
            seen.extend(data)
            if b"\n42\r\n" in seen:
                shown.set()

        wire.subscribe(listen)
        wire.write(b"6*7\r")
        assert shown.wait(20), bytes(seen)
    assert board.evaluate("1") == "1"


def test_what_the_user_left_running_is_said_when_it_is_interrupted(connect: Connect, events: list[Any]) -> None:
    board = connect()
    events.clear()
    with board.repl() as wire:
        seen = bytearray()
        runs = threading.Event()

        def listen(data: bytes) -> None:
            seen.extend(data)
            if b"\nruns\r\n" in seen:
                runs.set()

        wire.subscribe(listen)
        wire.write(b"while True: print('runs')\r\r")
        assert runs.wait(20), bytes(seen)
    assert board.evaluate("1") == "1"
    assert Notice(board.name, "a program was running; it was interrupted") in events
    events.clear()
    assert board.evaluate("1") == "1"
    assert not [event for event in events if isinstance(event, Notice)]


def test_a_pulled_cable_is_a_state_and_the_same_board_comes_back(connect: Connect, events: list[Any]) -> None:
    board = connect(fault="unplug@4000")
    with pytest.raises(LinkLostError) as error:
        board.files.write("/big", (random.Random(1).randbytes(1000) for _ in range(100)))
    assert error.value.exit_code == 4
    assert board.state == "lost"


def test_another_board_behind_the_port_is_refused(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    board = connect()
    before = board.identity
    board.link._lose("pulled by the test")
    board._connection.identity = before._replace(unique_id="00")
    with pytest.raises(ConnectError, match="another board"):
        board.files.write("/a", [b"x"])
    assert board.state == "lost"
    board._connection.identity = before
    assert board.files.listdir("/") == []
    assert board.state == "ready"


def test_a_closed_board_says_so(connect: Connect) -> None:
    board = connect()
    board.close()
    with pytest.raises(ConnectError, match="closed"):
        board.evaluate("1")


def test_connect_and_list_within_the_budget(connect: Connect, tmp_path: Path) -> None:
    """At most 6 turns and 1.5 kB to the board; counted from the trace."""
    board = connect()
    board.files.listdir("/")
    board.close()
    up, turns, last = 0, 0, b""
    for row in (tmp_path / "trace").read_bytes().splitlines():
        _, direction, data = row.split(b" ", 2)
        if direction == b">":
            up += len(eval(data))
            turns += last == b"<"
        last = direction
    assert turns <= 6
    assert up <= 1536


@pytest.mark.parametrize("fault", ["lose", "double", "damage"])
@pytest.mark.parametrize("seed", ["1", "2"])
def test_one_byte_in_a_thousand_either_way(connect: Connect, fault: str, seed: str) -> None:
    board = connect(fault=f"{fault}:up:0.001,{fault}:down:0.001", seed=seed)
    try:
        board.files.write("/all", [ALL_BYTES], len(ALL_BYTES))
    except TransferError as error:
        # A doubled Ctrl-D is a soft reset: said, and nothing is left of the half of it.
        assert fault == "double" and "restarted" in error.message
        board.files.write("/all", [ALL_BYTES], len(ALL_BYTES))
    assert b"".join(board.files.read("/all")) == ALL_BYTES
    assert board.files.digests(["/all"])["/all"] == hashlib.sha256(ALL_BYTES).hexdigest()


@pytest.mark.parametrize("fault", ["lose", "damage"])
def test_a_program_on_a_bad_line_runs_once(connect: Connect, fault: str) -> None:
    board = connect(fault=f"{fault}:up:0.001,{fault}:down:0.001", seed="3")
    run(board, "count = 0\ndef once():\n    global count\n    count += 1\n" + "# filler\n" * 40 + "once()")
    assert board.evaluate("count") == "1"
