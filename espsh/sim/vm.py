"""Real MicroPython as a child process behind a raw pseudo-terminal."""

from __future__ import annotations

import contextlib
import fcntl
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
from espsh.sim.guard import Guard, Lull
from espsh.sim.interpreter import find_micropython
from espsh.sim.start_vm import INTERRUPT, MAPPED

BOOT = Path(__file__).parent / "vmboot" / "boot.py"
_PIPE_SIZE = 8192
_PIPE_PIECE = 512  # a pipe takes a piece whole or not at all
_HANDLING_NS = 500_000  # what raising KeyboardInterrupt and printing its traceback take at most
_FAIR_SHARE_NS = 1_000_000  # a program that runs so long and reads nothing is busy, not starved
_STARVED_TRIES = 200
_INTERRUPT_TRIES = 500


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

    def take_back(self) -> bytes:
        """Return what waits for the VM and take it away; there must be no VM that reads."""
        taken = b""
        while count := self.waiting():
            taken += os.read(self.input, count)
        return taken

    def flush(self) -> None:
        """Forget what waits either way; there must be no VM that reads."""
        self.take_back()
        termios.tcflush(self.slave, termios.TCIOFLUSH)
        while self.read(_PIPE_SIZE):
            pass

    def close(self) -> None:
        """Give the descriptors back."""
        for descriptor in (self.master, self.slave, self.input, self.feed):
            os.close(descriptor)


def _to_be_mapped(config: dict[str, Any]) -> dict[str, str]:
    """Return what start_vm.py is told about a ROMFS partition."""
    offset, size = config["rom"]
    return {MAPPED: f"{offset} {size} {config['image']}"} if size else {}


class VM:
    """One run of the interpreter, from power or soft reset to its end."""

    def __init__(self, terminal: Terminal, heap: int, config: dict[str, Any]) -> None:
        self.guard = Guard(config)
        words = [*find_micropython(), "-X", f"heapsize={heap}", "-i", BOOT.name, self.guard.path]
        try:
            self._process = subprocess.Popen(
                words,
                stdin=terminal.input,
                stdout=terminal.slave,
                stderr=terminal.slave,
                pass_fds=(self.guard.fd,),
                start_new_session=True,
                cwd=BOOT.parent,  # tracebacks name no path of the host
                env={"TERM": "dumb", "PATH": os.defpath} | _to_be_mapped(config),
            )
        except OSError as error:
            self.guard.close()
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
            self.guard.close()

    def catches(self, number: int) -> bool:
        """Whether the VM has a handler for a signal now."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            status = Path(f"/proc/{self.pid}/status").read_text()
            return bool(int(status.split("SigCgt:")[1].split()[0], 16) >> (number - 1) & 1)
        return False

    def interrupt(self) -> bool:
        """Interrupt the running program; False means that nothing wants it and 0x03 is an ordinary byte.

        The unix port handles SIGINT only while ``kbd_intr`` is 3, which tells whether a program wants it. It is halted
        for the question and told before it goes on, so that it still is where the answer was true.
        """
        start, lull = self.run_time(), Lull()
        for attempt in range(_INTERRUPT_TRIES):
            if attempt:
                self.wait(0.001)
            accesses, sleeping = self.guard.accesses, self._sleeping()
            if not self.halt():
                return False
            try:
                if not self.catches(signal.SIGINT):
                    if sleeping or self.run_time() - start > _HANDLING_NS:
                        return False
                    continue  # it may be on its way from the prompt into the program
                sleeping = sleeping and accesses == self.guard.accesses
                if self._tell(lull, sleeping=sleeping):
                    return True
            finally:
                self.resume()
        return False

    def _tell(self, lull: Lull, *, sleeping: bool) -> bool:
        """Send the signal for Ctrl-C to the halted VM, unless a better moment has to be waited for."""
        if self.catches(INTERRUPT):
            self._process.send_signal(INTERRUPT)
            return True
        now = self.run_time()
        if self.interrupted and not sleeping and now < self._busy_until:
            return True  # the one before is not dealt with yet; a board takes both for one
        if not lull.found(self.guard.accesses, now, sleeping=sleeping):
            return False
        self._process.send_signal(signal.SIGINT)
        self._busy_until = now + _HANDLING_NS
        self.interrupted = True
        return True

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
