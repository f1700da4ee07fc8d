"""A board kept as a directory is: files are saved while it runs, and what the board prints tells how it went."""

from __future__ import annotations

import io
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from espsh.base.world import World
from espsh.cli import main
from espsh.sim.machine import machine_at
from tests.conftest import Result, Shell

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one thread")

FOREVER = "import time\nwhile True:\n    time.sleep_ms(20)\n"


class Seen(io.BytesIO):
    """What espsh puts out, for another thread to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self._came = threading.Condition()
        self._all = b""
        self._read = 0
        self.is_over = False

    def write(self, data: object) -> int:
        with self._came:
            self._all += bytes(data)  # type: ignore[call-overload]
            self._came.notify_all()
        return len(data)  # type: ignore[arg-type]

    def end(self) -> None:
        with self._came:
            self.is_over = True
            self._came.notify_all()

    def expect(self, *texts: str) -> None:
        """Wait until each text has come, in this order."""
        for text in texts:
            with self._came:
                while (start := self._all.find(text.encode(), self._read)) < 0:
                    assert not self.is_over, f"{text!r} did not come, but {self.all!r}"
                    self._came.wait()
                self._read = start + len(text)

    @property
    def all(self) -> str:
        return self._all.decode()

    @property
    def ours(self) -> list[str]:
        """The lines of espsh's own."""
        return [line for line in self.all.splitlines() if "-- " in line]


class Watch:
    """Runs ``watch`` in the test's thread, and what a user does meanwhile in another, ended by Ctrl-C."""

    def __init__(self, sh: Shell) -> None:
        self.sh = sh
        self.seen = Seen()

    def __call__(self, line: str, act: Callable[[Seen], None]) -> Result:
        failed: list[BaseException] = []
        ours = threading.main_thread().ident
        assert ours == threading.get_ident(), "Ctrl-C comes to the main thread"

        def user() -> None:
            try:
                act(self.seen)
            except BaseException as error:  # noqa: BLE001 - it is raised in the test's thread
                failed.append(error)
            if not self.seen.is_over:
                signal.pthread_kill(ours, signal.SIGINT)

        err = io.TextIOWrapper(io.BytesIO(), "utf-8")
        world = World(io.StringIO(), io.TextIOWrapper(self.seen, "utf-8"), err, self.sh.env, self.sh.folder)
        ports = [word for port in self.sh.ports for word in ("-p", port)]
        thread = threading.Thread(target=user)
        thread.start()
        try:
            code = main([*ports, "-c", line], world)
        finally:
            self.seen.end()
            thread.join()
        if failed:
            raise failed[0]
        err.flush()
        return Result(code, self.seen.all.encode(), err.buffer.getvalue().decode())  # type: ignore[attr-defined]


@pytest.fixture
def watch(board: Shell) -> Watch:
    return Watch(board)


def save(folder: Path, name: str, text: str) -> None:
    """Save as most editors do: beside the file, then renamed."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.tmp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


@pytest.fixture
def src(board: Shell) -> Path:
    folder = board.folder / "src"
    save(folder, "main.py", "import mod\nprint('main', mod.n)\n")
    save(folder, "mod.py", "n = 1\n")
    return folder


def test_a_save_is_copied_and_the_program_runs_anew(watch: Watch, src: Path) -> None:
    def act(seen: Seen) -> None:
        seen.expect("-- main.py, mod.py copied, 38 B · main.py runs\n", "main 1\n")
        save(src, "mod.py", "n = 2\n")
        seen.expect("-- mod.py copied, 6 B · main.py runs\n", "main 2\n")
        save(src, "main.py", "import mod\nprint('then', mod.n)\n")
        seen.expect("-- main.py copied", "then 2\n")

    result = watch("watch src --run src/main.py; ls :", act)
    assert result.code == 0
    assert result.lines[-2:] == ["main.py", "mod.py"]


def test_what_runs_is_interrupted_by_a_save(watch: Watch, src: Path) -> None:
    def act(seen: Seen) -> None:
        seen.expect("first")
        save(src, "main.py", "print('second')\n" + FOREVER)
        seen.expect("second")

    save(src, "main.py", "print('first')\n" + FOREVER)
    assert watch("watch src --run src/main.py; eval 6*7", act).lines[-1] == "42"


def test_a_save_asks_nothing_that_is_known(watch: Watch, src: Path) -> None:
    """Two turns make the program's start new, three the file's way, one starts it; a survey would be more."""
    bytes_down: list[int] = []

    def act(seen: Seen) -> None:
        seen.expect("main 1\n")
        machine = machine_at(watch.sh.ports[0])
        for n in (2, 3):
            save(src, "mod.py", f"n = {n}\n")
            seen.expect(f"main {n}\n")
            bytes_down.append(machine.bytes_down)

    for number in range(60):
        save(src, f"other{number}.py", f"x = {number}\n")
    watch("watch src --run src/main.py", act)
    assert bytes_down[1] - bytes_down[0] < 700, "60 names and digests are 1,800 bytes"


def test_what_does_not_count_interrupts_nothing(watch: Watch, src: Path) -> None:
    def act(seen: Seen) -> None:
        seen.expect("main 1\n")
        for name in (".hidden", "mod.py~", "test_a.py", "__pycache__/mod.pyc", "no.txt"):
            save(src, name, "x")
        save(src, "mod.py", "n = 1\n")
        save(src, "last.py", "")
        seen.expect("main 1\n")

    save(src, ".espshignore", "no.txt\n")
    result = watch("watch src --exclude 'test_*' --run src/main.py", act)
    assert [line for line in result.lines if "copied" in line][1:] == ["-- last.py copied, 0 B · main.py runs"]


def test_a_program_that_raises_and_one_that_is_none(watch: Watch, src: Path) -> None:
    def act(seen: Seen) -> None:
        seen.expect("main 1\n")
        save(src, "main.py", "\n1/0\n")
        seen.expect("Traceback", 'File "main.py", line 2', "ZeroDivisionError")
        save(src, "main.py", "print('half'\n")
        seen.expect("SyntaxError")
        save(src, "main.py", "import sys\nprint('no newline', end='')\nsys.exit(3)\n")
        seen.expect("no newline\n-- the program ended with SystemExit(3)\n")
        save(src, "main.py", "print('whole')\n")
        seen.expect("whole\n")

    assert watch("watch src --run src/main.py", act).code == 0


def test_a_file_that_does_not_compile_is_named_and_what_runs_goes_on(watch: Watch, src: Path) -> None:
    def act(seen: Seen) -> None:
        seen.expect("go 1\n")
        save(src, "mod.py", "n = 2\nn = (\n")
        seen.expect("-- mod.py:", "SyntaxError")
        save(src, "mod.py", "n = 3\n")
        seen.expect("-- mod.mpy copied", "go 3\n")

    save(src, "main.py", "import mod\nprint('go', mod.n)\n" + FOREVER)
    result = watch("watch src --mpy --run src/main.py; ls :", act)
    assert result.lines[-2:] == ["main.py", "mod.mpy"]


@pytest.mark.parametrize(("option", "said"), [("--soft", "soft reset"), ("--reset", "reset")])
def test_after_a_restart_main_runs(watch: Watch, src: Path, option: str, said: str) -> None:
    def act(seen: Seen) -> None:
        seen.expect(f" · {said}\n", "go 1\n")
        save(src, "mod.py", "n = 2\n")
        seen.expect(f"-- mod.py copied, 6 B · {said}\n", "go 2\n")

    save(src, "main.py", "import mod\nprint('go', mod.n)\n" + FOREVER)
    result = watch(f"watch src {option}; eval 6*7", act)
    assert (result.code, result.lines[-1]) == (0, "42")
    assert "interrupted" not in result.err


def test_only_copied(watch: Watch, src: Path) -> None:
    def act(seen: Seen) -> None:
        seen.expect("-- left out, no file behind it: dangling\n", "main.py, mod.py copied")
        save(src, "sub/new.py", "x = 1\n")
        seen.expect("-- sub/new.py copied, 6 B\n")

    (src / "dangling").symlink_to("nowhere")
    assert watch("watch src :/app; tree :/app", act).out.count("new.py") == 2


@pytest.mark.parametrize(("option", "left"), [("", ["made", "main.py", "mod.py", "own.py"]), ("-m", ["main.py"])])
def test_a_file_that_goes(watch: Watch, src: Path, option: str, left: list[str]) -> None:
    def act(seen: Seen) -> None:
        seen.expect("making\n")
        (src / "mod.py").unlink()
        save(src, "main.py", "print('alone')\n")
        seen.expect("alone\n")

    save(src, "main.py", "open('made', 'w').close()\nprint('making')\n")
    assert watch(f"echo x > :own.py; watch src {option} --run src/main.py; ls :", act).lines[-len(left) :] == left


def test_a_program_that_removes_what_was_copied(watch: Watch, src: Path) -> None:
    def act(seen: Seen) -> None:
        seen.expect("gone 1\n")
        save(src, "sub/x.py", "x = 2\n")
        seen.expect("gone 2\n")

    save(src, "sub/x.py", "x = 1\n")
    save(src, "main.py", "import os\nfrom sub.x import x\nos.remove('sub/x.py')\nos.rmdir('sub')\nprint('gone', x)\n")
    assert watch("watch src --run src/main.py", act).code == 0


def test_the_program_may_be_elsewhere(watch: Watch, src: Path) -> None:
    def act(seen: Seen) -> None:
        seen.expect("test 1\n")
        save(watch.sh.folder, "try.py", "import mod\nprint('again', mod.n)\n")
        seen.expect("again 1\n")

    save(watch.sh.folder, "try.py", "import mod\nprint('test', mod.n)\n")
    watch("watch src --run try.py", act)


def test_a_directory_that_goes_is_the_end(watch: Watch, src: Path) -> None:
    def act(seen: Seen) -> None:
        seen.expect("main 1\n")
        src.rename(src.with_name("elsewhere"))
        with pytest.raises(AssertionError):  # it ends by itself
            seen.expect("never")

    result = watch("watch src --run src/main.py", act)
    assert (result.code, result.err.splitlines()) == (1, [f"watch: {src} is gone"])


def test_a_board_that_is_unplugged_is_waited_for(watch: Watch, src: Path) -> None:
    def act(seen: Seen) -> None:
        seen.expect("go 1\n")
        machine = machine_at(watch.sh.ports[0])
        machine.unplug()
        seen.expect("-- the board is gone", "to come back\n")
        save(src, "mod.py", "n = 2\n")
        machine.replug()
        seen.expect("is back", "mod.py copied", "go 2\n")

    save(src, "main.py", "import mod\nprint('go', mod.n)\n" + FOREVER)
    assert watch("watch src --run src/main.py", act).code == 0


def test_several_boards(sh: Shell, port: Callable[..., str], src: Path) -> None:
    def act(seen: Seen) -> None:
        for _ in range(2):
            seen.expect(": main 1\n")
        save(src, "mod.py", "n = 2\n")
        for _ in range(2):
            seen.expect(": main 2\n")

    sh.ports = [f"attic={port()}", f"kitchen={port()}"]
    result = Watch(sh)("@all watch src --run src/main.py", act)
    assert {line.partition(":")[0] for line in result.lines} == {"attic", "kitchen"}
    assert {"attic: main 2", "kitchen: main 2"} <= set(result.lines)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("none", 2, "no such"),
        ("src/main.py", 2, "is not a directory"),
        ("src other", 2, "is on the host"),
        ("src :file", 2, "is a file"),
        ("src --soft --reset", 2, "exclude each other"),
        ("src --run none.py", 2, "no such"),
        ("src --run src", 2, "is a directory"),
        ("src --run :main.py", 2, "is on a board"),
    ],
)
def test_what_cannot_be(board: Shell, src: Path, words: str, code: int, said: str) -> None:
    result = board(f"touch :file; watch {words}")
    assert (result.code, said in result.err) == (code, True), result.err
