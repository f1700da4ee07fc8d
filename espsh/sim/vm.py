"""Real MicroPython as a child process behind a raw pseudo-terminal."""

from __future__ import annotations

import contextlib
import fcntl
import json
import mmap
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import tty
from pathlib import Path
from typing import Any

from espsh.errors import ConnectError
from espsh.sim.interpreter import find_micropython

BOOT = Path(__file__).parent / "vmboot" / "boot.py"
_PIPE_SIZE = 8192
_PIPE_PIECE = 512  # a pipe takes a piece whole or not at all
_SIGINT_BIT = 1 << (signal.SIGINT - 1)
_SETTLE_NS = 200_000  # littlefs works for microseconds between two block accesses
_HANDLING_NS = 500_000  # what raising KeyboardInterrupt and printing its traceback take at most
_FAIR_SHARE_NS = 1_000_000  # a program that runs so long and reads nothing is busy, not starved
_STARVED_TRIES = 200
_INTERRUPT_TRIES = 500
_SETTLED_TRIES = 50  # then between two accesses will do: this program does nothing but write files


class Terminal:
    """What the VM reads and writes; it outlives the VM, as a UART outlives a soft reset.

    The VM prints on a pty and reads from a pipe: bytes on their way through a pty are for a moment (on a loaded
    computer a long one) neither written nor to be seen with FIONREAD, and a receive ring has to be counted exactly.
    """

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.input, self.feed = os.pipe()
        fcntl.fcntl(self.feed, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        os.set_blocking(self.master, False)
        os.set_blocking(self.feed, False)

    def waiting(self) -> int:
        """Return how many bytes the VM has not read yet."""
        word = fcntl.ioctl(self.input, termios.FIONREAD, b"\0\0\0\0")
        return int.from_bytes(word, sys.byteorder)

    def write(self, data: bytes) -> int:
        """Put bytes into the VM's input; return how many there was room for."""
        done = 0
        with contextlib.suppress(BlockingIOError):
            while done < len(data):
                done += os.write(self.feed, data[done : done + _PIPE_PIECE])
        return done

    def read(self, size: int) -> bytes:
        """Return what the VM has written, at most ``size`` bytes, without waiting."""
        try:
            return os.read(self.master, size)
        except (BlockingIOError, OSError):
            return b""

    def flush(self) -> None:
        """Forget what waits either way; there must be no VM that reads."""
        while count := self.waiting():
            os.read(self.input, count)
        termios.tcflush(self.slave, termios.TCIOFLUSH)
        while self.read(_PIPE_SIZE):
            pass

    def close(self) -> None:
        """Give the descriptors back."""
        for descriptor in (self.master, self.slave, self.input, self.feed):
            os.close(descriptor)


class VM:
    """One run of the interpreter, from power or soft reset to its end."""

    def __init__(self, terminal: Terminal, heap: int, config: dict[str, Any]) -> None:
        self._guard_fd = os.memfd_create("espsh-guard")
        # Byte 0 counts block accesses; the configuration follows. (An argument may have 255 bytes at most.)
        os.write(self._guard_fd, b"\0" + json.dumps(config).encode())
        self._guard = mmap.mmap(self._guard_fd, 1)
        guard = f"/proc/self/fd/{self._guard_fd}"
        words = [*find_micropython(), "-X", f"heapsize={heap}", "-i", BOOT.name, guard]
        try:
            self._process = subprocess.Popen(
                words,
                stdin=terminal.input,
                stdout=terminal.slave,
                stderr=terminal.slave,
                pass_fds=(self._guard_fd,),
                start_new_session=True,
                cwd=BOOT.parent,  # tracebacks name no path of the host
                env={"TERM": "dumb", "PATH": os.defpath},
            )
        except OSError as error:
            self._drop_guard()
            raise ConnectError(f"sim: {words[0]} does not start: {error.strerror}") from error
        self._busy_until = 0
        self.interrupted = False  # until something is printed again
        self.pid = self._process.pid
        self.exit_fd = os.pidfd_open(self.pid)

    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    @property
    def crashed(self) -> bool:
        """Whether it died of a signal, which is this VM's panic."""
        return (self._process.returncode or 0) < 0

    def kill(self) -> None:
        """End it at once, as a reset or a power cut does."""
        self._process.kill()
        self._process.wait()
        self.close()

    def close(self) -> None:
        """Give back what a VM that has ended held."""
        if self.exit_fd >= 0:
            os.close(self.exit_fd)
            self.exit_fd = -1
            self._drop_guard()

    def listens(self) -> bool:
        """Whether Ctrl-C is an interrupt now: the unix port handles SIGINT only while ``kbd_intr`` is 3."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            status = Path(f"/proc/{self.pid}/status").read_text()
            return bool(int(status.split("SigCgt:")[1].split()[0], 16) & _SIGINT_BIT)
        return False

    def interrupt(self) -> bool:
        """Interrupt the running program; False means that nothing wants it and 0x03 is an ordinary byte.

        The unix port raises KeyboardInterrupt wherever it is, even in the middle of littlefs. So the VM is halted, and
        interrupted only if it has been outside of its block device for a moment. No board can be interrupted there.
        """
        last, start = (-1, 0), self.run_time()
        for attempt in range(_INTERRUPT_TRIES):
            if attempt:
                self.wait(0.001)
            sleeping = self._sleeping()
            if not self.halt():
                return False
            try:
                if not self.listens():
                    if sleeping or self.run_time() - start > _HANDLING_NS:
                        return False
                    continue  # it may be on its way from the prompt into the program
                if self.interrupted and not sleeping and self.run_time() < self._busy_until:
                    return True  # the one before is not dealt with yet; a board takes both for one
                now = self._guard[0], self.run_time()
                quiet = now[0] == last[0] and now[1] - last[1] > _SETTLE_NS
                if now[0] % 2 == 0 and (sleeping or quiet or attempt > _SETTLED_TRIES):
                    self._process.send_signal(signal.SIGINT)
                    self._busy_until = self.run_time() + _HANDLING_NS
                    self.interrupted = True
                    return True
                last = now if now[0] != last[0] else last
            finally:
                self.resume()
        return False

    def wait(self, seconds: float) -> None:
        """Let ``seconds`` pass, or less if the VM ends."""
        poll = select.poll()
        poll.register(self.exit_fd, select.POLLIN)
        poll.poll(seconds * 1000)

    def run_time(self) -> int:
        """Return the nanoseconds of processor the VM has had."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[0])
        return 0

    def catch_up(self) -> None:
        """Give a VM that wants to run its time on a loaded computer, so that it is not late for its bytes."""
        start = self.run_time()
        for _ in range(_STARVED_TRIES):
            if self.run_time() - start > _FAIR_SHARE_NS or self._sleeping():
                return
            self.wait(0.001)

    def _sleeping(self) -> bool:
        with contextlib.suppress(OSError, IndexError):
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] in "SDTZ"
        return False

    def halt(self) -> bool:
        """Stop the VM in its tracks; False when it is gone."""
        if self.ended():
            return False
        self._process.send_signal(signal.SIGSTOP)
        with contextlib.suppress(ChildProcessError):
            found = os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            if found is not None and found.si_code == os.CLD_STOPPED:
                os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOHANG)
                return True
        return False

    def resume(self) -> None:
        """Let a halted VM go on."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGCONT)

    def _drop_guard(self) -> None:
        self._guard.close()
        os.close(self._guard_fd)
