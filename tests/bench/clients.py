"""How each tool is told to do each job. A command is split as a shell does; `` ; `` stands between two."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

BIN = Path(sys.executable).parent
LONGEST = 900.0
_FOLDERS = "abcd"
_LISTED = """\
import serial.tools.list_ports as ports, serial.tools.list_ports_common as common
port = common.ListPortInfo({port!r})
port.vid, port.pid, port.description, port.hwid = 0x10C4, 0xEA60, "CP2102", "USB VID:PID=10C4:EA60"
ports.comports = lambda *_, **__: [port]
"""


class Done(NamedTuple):
    """How a job ended: the first exit code that is not 0, and what was said."""

    code: int
    said: str


class Client(NamedTuple):
    """A tool and its commands by scenario; ``{port}`` stands for the board's.

    A name is a program with, perhaps, options. ``warm`` and ``cool`` begin and end what it keeps running between two
    commands; ``only_usb``: it opens no port that pyserial does not list.
    """

    name: str
    jobs: dict[str, str]
    warm: str = ""
    cool: str = ""
    only_usb: bool = False

    @property
    def program(self) -> str:
        """What is started."""
        return self.name.partition(" ")[0]

    @property
    def there(self) -> bool:
        """Whether it is installed beside this Python."""
        return (BIN / self.program).exists()

    def run(self, job: str, port: Path | str, home: Path, longest: float = LONGEST) -> Done:
        """Do a job in the folder ``home``, in ``longest`` seconds."""
        return self._run(self.jobs[job], port, home, longest)

    @contextlib.contextmanager
    def ready(self, port: Path | str, home: Path) -> Iterator[None]:
        """Start what the tool keeps running between two commands, and end it."""
        if self.warm and (done := self._run(self.warm, port, home)).code:
            raise RuntimeError(f"{self.name} cannot begin: {done.said}")
        try:
            yield
        finally:
            if self.cool:
                self._run(self.cool, port, home)

    def _run(self, lines: str, port: Path | str, home: Path, longest: float = LONGEST) -> Done:
        said = ""
        for line in lines.split(" ; "):
            words = shlex.split(line.format(port=port))
            done = subprocess.run(
                [str(BIN / self.program), *words], cwd=home, env=self._environment(port, home),
                stdin=subprocess.DEVNULL, capture_output=True, timeout=longest, check=False,
            )  # fmt: skip
            said += (done.stdout + done.stderr).decode(errors="replace")
            if done.returncode:
                return Done(done.returncode, said)
        return Done(0, said)

    def _environment(self, port: Path | str, home: Path) -> dict[str, str]:
        folders = {f"ESPSH_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")}
        environment = {**os.environ, **folders, "HOME": str(home)}
        if self.only_usb:
            (home / "sitecustomize.py").write_text(_LISTED.format(port=str(port)))
            environment["PYTHONPATH"] = str(home)
        return environment


def _in_mpfshell(*lines: str) -> str:
    return "-n -c " + shlex.quote("; ".join(("open ser:/dev/..{port}", *lines)))


_ESPSH = {
    "ls": "-p {port} ls :",
    "exec": "-p {port} exec 'print(1)'",
    "put-py": "-p {port} cp put.py :",
    "put-bin": "-p {port} cp put.bin :",
    "get": "-p {port} cp :put.py :put.bin back",
    "put-tree": "-p {port} cp -r tree :",
    "sync": "-p {port} rsync tree :",
    "rm": "-p {port} rm -r :tree",
    "one-of-500": "-p {port} rsync many :",
    "grow": "-p {port} cp -r grow :",
}
CLIENTS = (
    Client("espsh", _ESPSH),
    Client("espsh --no-fast", {job: f"--no-fast {words}" for job, words in _ESPSH.items()}),
    Client(
        "mpremote",
        {
            "ls": "connect {port} ls",
            "exec": "connect {port} exec 'print(1)'",
            "put-py": "connect {port} cp put.py :",
            "put-bin": "connect {port} cp put.bin :",
            "get": "connect {port} cp :put.py :put.bin back/",
            "put-tree": "connect {port} cp -r tree :",
            "sync": "connect {port} cp -r tree :",
            "rm": "connect {port} rm -r :tree",
            "one-of-500": "connect {port} cp -r many :",
        },
    ),
    Client(
        "rshell",
        {
            "ls": "-p {port} ls /pyboard",
            "exec": "-p {port} repl '~' 'print(1)' '~'",
            "put-py": "-p {port} cp put.py /pyboard/",
            "put-bin": "-p {port} cp put.bin /pyboard/",
            "get": "-p {port} cp /pyboard/put.py /pyboard/put.bin back",
            "put-tree": "-p {port} cp -r tree /pyboard/",
            "sync": "-p {port} rsync tree /pyboard/tree",
            "rm": "-p {port} rm -r /pyboard/tree",
        },
    ),
    Client(
        "ampy",
        {
            "ls": "-p {port} ls",
            "exec": "-p {port} run one.py",
            "put-py": "-p {port} put put.py",
            "put-bin": "-p {port} put put.bin",
            "get": "-p {port} get put.py back/put.py ; -p {port} get put.bin back/put.bin",
            "put-tree": "-p {port} put tree",
            "rm": "-p {port} rmdir tree",
        },
    ),
    Client(
        "mpfshell",
        {
            "ls": _in_mpfshell("ls"),
            "exec": _in_mpfshell("exec print(1)"),
            "put-py": _in_mpfshell("put put.py"),
            "put-bin": _in_mpfshell("put put.bin"),
            "get": _in_mpfshell("lcd back", "get put.py", "get put.bin"),
            "put-tree": _in_mpfshell(
                "md tree", "cd tree", "lcd tree",
                *(
                    word for one in _FOLDERS
                    for word in (f"md {one}", f"cd {one}", f"lcd {one}", "mput .*", "cd ..", "lcd ..")
                ),
            ),
            "rm": _in_mpfshell(
                "cd tree",
                *(word for one in _FOLDERS for word in (f"cd {one}", "mrm .*", "cd ..", f"rm {one}")),
                "cd ..", "rm tree",
            ),
        },
    ),
    Client(
        "mpytool",
        {
            "ls": "-p {port} ls",
            "exec": "-p {port} exec 'print(1)'",
            "put-py": "-p {port} cp put.py :/",
            "put-bin": "-p {port} cp put.bin :/",
            "get": "-p {port} cp :/put.py :/put.bin back/",
            "put-tree": "-p {port} cp tree :/",
            "sync": "-p {port} cp tree :/",
            "rm": "-p {port} rm :/tree",
        },
    ),
    Client(
        "replx",
        {
            "ls": "-p {port} ls",
            "exec": "-p {port} exec 'print(1)'",
            "put-py": "-p {port} put put.py /",
            "put-bin": "-p {port} put put.bin /",
            "get": "-p {port} get /put.py /put.bin back",
            "put-tree": "-p {port} put tree /",
            "rm": "-p {port} rm -rf /tree",
        },
        warm="-p {port} setup",
        cool="shutdown",
        only_usb=True,
    ),
)  # fmt: skip
