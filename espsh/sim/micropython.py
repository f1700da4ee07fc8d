"""MicroPython running on the chip: its receive ring, its interrupts, its soft resets."""

from __future__ import annotations

import secrets
import select

from espsh.errors import ConnectError
from espsh.sim import rom_texts, romfs
from espsh.sim.board_uart import BoardUart
from espsh.sim.bootloader import App
from espsh.sim.console import FAILED, RATE, RAW, RESET, STARTED, Console, Event
from espsh.sim.flash import FlashImage
from espsh.sim.identity import vm_config, vm_heap
from espsh.sim.options import Options
from espsh.sim.programs import Program, Reset
from espsh.sim.vm import VM, Terminal

CTRL_A = b"\x01"
CTRL_C = b"\x03"
CTRL_E = b"\x05"
READ_SIZE = 4096


class MicroPython(Program):
    """The VM from one reset of the chip to the next, soft resets included.

    Bytes it receives go through a ring of ``rxbuf`` bytes. ``stuck``: the VM's terminal has no room (an unpaced board
    pushes back).
    """

    def __init__(self, options: Options, image: FlashImage, uart: BoardUart, app: App, reason: str) -> None:
        self.options = options
        self.vm: VM | None = None
        self.terminal = Terminal()
        self._image = image
        self._uart = uart
        self._app = app
        self._console = Console(b"\xfe\0\0\0")
        self._soft = False
        self._stalled = False
        self._late_interrupts = 0
        try:
            self._start_vm(reason, raw=False)
        except BaseException:
            self.terminal.close()
            raise

    def stop(self) -> None:
        """Kill the VM."""
        if self.vm is not None:
            self.vm.kill()
            self.vm = None
        self.terminal.close()

    # Receiving.

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes off the line. A Ctrl-C interrupts when it arrives, ahead of what waits in the ring."""
        if self.vm is None or (not self.started and not self._soft):
            return  # nobody listens while a chip starts
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

    def output(self) -> int | None:
        """Return the terminal's end that the VM's output comes from."""
        return self.terminal.master

    def watched(self) -> list[tuple[int, int]]:
        """Return what tells that the VM ended, and that its terminal has room for what is stuck."""
        watched = [(self.vm.exit_fd, select.POLLIN)] if self.vm is not None else []
        return watched + [(self.terminal.feed, select.POLLOUT)] * bool(self.stuck)

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

    def run(self, now: float, *, may_transmit: bool) -> Reset | None:
        """Take what the VM printed, and notice when it ended."""
        asked = None
        if self.vm is not None and may_transmit:
            data = self.terminal.read(READ_SIZE)
            self.vm.interrupted = self.vm.interrupted and not data
            asked = self._hear(data, now)
        if asked is None and self.vm is not None and self.vm.ended():
            asked = self._ended(self.vm, now)
        return asked

    def _hear(self, data: bytes, now: float) -> Reset | None:
        for item in self._console.feed(data) if data else ():
            if isinstance(item, bytes):
                self._uart.push(item, now)
            elif item.kind == RESET:
                reason = item.data.decode()
                return Reset(reason, download=reason == rom_texts.BOOTLOADER)
            else:
                self._told(item, now)
        return None

    def _told(self, event: Event, now: float) -> None:
        if event.kind == STARTED:
            self.started = True
        elif event.kind == RAW and self.vm is not None:
            waiting = CTRL_A + self.terminal.take_back() + self.stuck
            self.stuck = waiting[self.terminal.write(waiting) :]
            self.vm.guard.answer()
        elif event.kind == FAILED:
            raise ConnectError(f"sim: the virtual board cannot boot: {event.data.decode()}", "try it with fresh=1")
        elif event.kind == RATE and self.vm is not None:
            baud, asked_at = event.data.split()
            self._uart.set_rate(int(baud), int(asked_at) / 1e6, now, self.vm.guard.answer)

    def _ended(self, vm: VM, now: float) -> Reset | None:
        said = b""
        while data := self.terminal.read(READ_SIZE):
            said = data
            asked = self._hear(data, now)
            if asked is not None:
                return asked  # its last words asked for a reset
        vm.close()
        self.vm = None
        if not self.started:
            detail = said.decode(errors="replace").strip()
            raise ConnectError("sim: MicroPython does not start", "is ESPSH_MICROPYTHON a unix build?", detail=detail)
        if vm.crashed:
            return Reset(rom_texts.PANIC)
        self._uart.push(b"MPY: soft reboot\r\n", now)
        self._start_vm(rom_texts.SOFT, raw=self._console.raw)
        return None

    def _start_vm(self, reason: str, *, raw: bool) -> None:
        nonce = b"\xfe" + secrets.token_bytes(3).replace(b"\n", b"N")
        config = vm_config(self.options, self._image, self._app, reason, raw=raw)
        romfs.spell_out(self._image, *config["rom"])
        config["nonce"] = nonce.hex()
        config["baud"] = self._uart.line.baud if reason == rom_texts.SOFT else self.options.baud
        self._console = Console(nonce, raw=raw)
        self.started = False
        self._soft = reason == rom_texts.SOFT
        self.vm = VM(self.terminal, vm_heap(self.options, self._app), config)
        self.starts += 1
