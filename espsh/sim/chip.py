"""The chip of a virtual board: what runs on it after which reset, and what it reads and prints."""

from __future__ import annotations

import secrets

from espsh.errors import ConnectError
from espsh.sim import profiles
from espsh.sim.apps import APPS, App
from espsh.sim.board_uart import BoardUart
from espsh.sim.console import FAILED, RATE, RAW, RESET, STARTED, Console, Event
from espsh.sim.flash import FlashImage
from espsh.sim.identity import vm_config, vm_heap
from espsh.sim.options import Options
from espsh.sim.profiles import PROFILES
from espsh.sim.vm import VM, Terminal

CTRL_A = b"\x01"
CTRL_C = b"\x03"
CTRL_E = b"\x05"
READ_SIZE = 4096
OFF, RESET_HELD, RUNNING, DOWNLOAD = "off", "held in reset", "running", "download mode"


class Chip:
    """Runs MicroPython, another firmware, or nothing; used by the machine's thread alone.

    ``uart`` is where it transmits. Bytes it receives go through a ring of ``rxbuf`` bytes; ``dropped`` counts those
    that found it full.
    """

    def __init__(self, options: Options, image: FlashImage, uart: BoardUart) -> None:
        self.options = options
        self.state = OFF
        self.boots = 0
        self.dropped = 0
        self.started = False
        self.terminal = Terminal()
        self.vm: VM | None = None
        self.app: App | None = None
        self.stuck = b""  # arrived, and the VM's terminal has no room (an unpaced board pushes back)
        self._image = image
        self._uart = uart
        self._console = Console(b"\xfe\0\0\0")
        self._soft = False
        self._stalled = False
        self._late_interrupts = 0

    def reset(self, reason: str, now: float, *, download: bool = False) -> None:
        """Restart for ``reason``: the ROM speaks, then what is on the flash runs, or nothing in download mode."""
        self._stop()
        if reason in (profiles.POWER_ON, profiles.HARD):
            self._uart.line.clear()  # a reset by software lets its UART finish first
        self._uart.restart(now)
        self._uart.push(PROFILES[self.options.profile].boot_log(reason, download=download), now)
        self.state = DOWNLOAD if download else RUNNING
        if download:
            return
        if self.options.app in APPS:
            self.app = APPS[self.options.app](now)
            self.started = True
        else:
            self._start_vm(reason, raw=False)

    def hold(self) -> None:
        """Stop at once, as with EN low: what waits in either direction is gone."""
        self._stop()
        self._uart.line.clear()

    def _stop(self) -> None:
        if self.vm is not None:
            self.vm.kill()
            self.vm = None
        self.app = None
        self.started = self._stalled = False
        self._late_interrupts = 0
        self.state = RESET_HELD
        self.terminal.flush()
        self.stuck = b""

    def close(self) -> None:
        """Take the power away for good."""
        self.hold()
        self.state = OFF
        self.terminal.close()

    # Receiving.

    def receive(self, data: bytes) -> None:
        """Take bytes off the line. A Ctrl-C interrupts when it arrives, ahead of what waits in the ring."""
        if self.vm is None or (not self.started and not self._soft):
            return  # nobody listens in reset, in the ROM and while a chip starts
        if not self.started:
            self._into_ring(data)  # a soft reset leaves the UART and its ring alone
            return
        if "rawpaste" in self.options.without and self._at_raw_prompt():
            data = data.removeprefix(CTRL_E)
        while data:
            before, ctrl_c, data = data.partition(CTRL_C)
            self._into_ring(before)
            if ctrl_c and self._stalled:
                self._late_interrupts += 1
            elif ctrl_c:
                self._interrupt()

    def stall(self) -> bool:
        """Halt the program, as flash writes by another task do; the UART goes on receiving."""
        self._stalled = self.vm is not None and self.started and self.vm.halt()
        return self._stalled

    def go_on(self) -> None:
        """End a stall."""
        if self._stalled and self.vm is not None:
            self._stalled = False
            self.vm.resume()
            for _ in range(self._late_interrupts):
                self._interrupt()
        self._late_interrupts = 0

    def push_on(self) -> None:
        """Hand on what the VM's terminal had no room for."""
        self.stuck = self.stuck[self.terminal.write(self.stuck) :]

    def _interrupt(self) -> None:
        if self.vm is not None and not self.vm.interrupt():
            self._into_ring(CTRL_C)

    def _at_raw_prompt(self) -> bool:
        return self._console.raw and self._console.last == b">"

    def _into_ring(self, data: bytes) -> None:
        if self.options.baud:
            room = self._ring_room()
            if len(data) > room and self.vm is not None and not self._stalled:
                self.vm.catch_up()
                room = self._ring_room()
            self.dropped += max(0, len(data) - room)
            data = data[:room]
        self.stuck += data
        if self.stuck:
            self.push_on()

    def _ring_room(self) -> int:
        return max(0, self.options.rxbuf - 1 - self.terminal.waiting())

    # Transmitting.

    def run(self, now: float, *, may_transmit: bool) -> None:
        """Take what the firmware printed, and notice when the VM ended."""
        if self.app is not None and may_transmit:
            self._uart.push(self.app.take(now), now)
        if self.vm is not None and may_transmit:
            data = self.terminal.read(READ_SIZE)
            self.vm.interrupted = self.vm.interrupted and not data
            self._hear(data, now)
        if self.vm is not None and self.vm.ended():
            self._ended(now)

    def _hear(self, data: bytes, now: float) -> None:
        for item in self._console.feed(data) if data else ():
            if isinstance(item, bytes):
                self._uart.push(item, now)
            else:
                self._told(item, now)

    def _told(self, event: Event, now: float) -> None:
        if event.kind == STARTED:
            self.started = True
        elif event.kind == RAW and self.vm is not None:
            waiting = CTRL_A + self.terminal.take_back() + self.stuck
            self.stuck = waiting[self.terminal.write(waiting) :]
            self.vm.guard.answer()
        elif event.kind == FAILED:
            raise ConnectError(f"sim: the virtual board cannot boot: {event.data.decode()}", "try it with fresh=1")
        elif event.kind == RESET:
            self.reset(event.data.decode(), now)
        elif event.kind == RATE and self.vm is not None:
            baud, asked_at = event.data.split()
            self._uart.set_rate(int(baud), int(asked_at) / 1e6, now, self.vm.guard.answer)

    def _ended(self, now: float) -> None:
        vm, said = self.vm, b""
        assert vm is not None
        while self.vm is vm and (data := self.terminal.read(READ_SIZE)):
            said = data
            self._hear(data, now)
        if self.vm is not vm:
            return  # its last words asked for a reset
        vm.close()
        self.vm = None
        if not self.started:
            detail = said.decode(errors="replace").strip()
            raise ConnectError("sim: MicroPython does not start", "is ESPSH_MICROPYTHON a unix build?", detail=detail)
        if vm.crashed:
            self.reset(profiles.PANIC, now)
            return
        self._uart.push(b"MPY: soft reboot\r\n", now)
        self._start_vm(profiles.SOFT, raw=self._console.raw)

    def _start_vm(self, reason: str, *, raw: bool) -> None:
        nonce = b"\xfe" + secrets.token_bytes(3).replace(b"\n", b"N")
        config = vm_config(self.options, self._image, reason, raw=raw)
        config["nonce"] = nonce.hex()
        config["baud"] = self._uart.line.baud if reason == profiles.SOFT else self.options.baud
        self._console = Console(nonce, raw=raw)
        self.started = False
        self._soft = reason == profiles.SOFT
        self.vm = VM(self.terminal, vm_heap(self.options), config)
        self.boots += 1
