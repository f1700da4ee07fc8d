"""One virtual board: power, the EN and IO0 lines, resets, and the thread that moves its bytes.

Everything the board does happens on one thread, which sleeps in ``poll`` until the VM writes, the host writes or a
byte is due. Other threads only put requests into its inbox and read counters.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from espsh.errors import ConnectError
from espsh.sim import profiles
from espsh.sim.apps import APPS, App
from espsh.sim.clock import EmulatedClock
from espsh.sim.console import READY, RESET, STARTED, Console, Event
from espsh.sim.faults import DOWN, UP, Faults, FaultSpec
from espsh.sim.flash import FlashImage
from espsh.sim.hostside import HostSide, UnpluggedError
from espsh.sim.identity import unique_id, vm_config, vm_heap
from espsh.sim.options import Options
from espsh.sim.profiles import PROFILES
from espsh.sim.uart import Bridge, Garbler, Line
from espsh.sim.vm import VM, Terminal

CTRL_C = 3
CTRL_E = 5
WRITE_ROOM = 4096  # what the host's driver takes before a write waits
VM_READ = 4096
DOWN_ROOM = 256  # a UART's transmitter holds no more: then the program waits


@dataclass
class Counters:
    """What passed since power-on; ``up`` is towards the board."""

    up: int = 0
    down: int = 0
    turns: int = 0
    dropped: int = 0
    boots: int = 0


class Machine:
    """A virtual board with its power on, until ``power_off``."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.profile = PROFILES[options.profile]
        self.unique_id = unique_id(options)
        self.host = HostSide()
        self.faults = Faults(options.fault, options.seed)
        self.counters = Counters()
        self.clock = EmulatedClock()
        self.host_baud = options.baud
        self.state = "off"
        self.image = FlashImage(options)
        self._terminal = Terminal()
        self._vm: VM | None = None
        self._app: App | None = None
        self._console = Console(b"\xfe\0\0\0")
        self._started = False
        self._up = Line(options.baud)
        self._down = Line(options.baud)
        self._bridge = Bridge(options.latency)
        self._stuck = b""
        self._muted = False
        self._last_way = ""
        self._last_down = b""
        self._lines = (False, False)
        self._stalled_until: float | None = None
        self._next_stall = self.clock.now() + options.stall[1] if options.stall else None
        self._replug_at: float | None = None
        self._inbox: deque[bytes | Callable[[], None]] = deque()
        self._unsent = 0
        self._room = threading.Condition()
        self._running = True
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sim:{options.board}", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self.power_off()
            raise self._failure

    # What the host's side may call, from any thread.

    @property
    def alive(self) -> bool:
        """Whether the board has power."""
        return self._running

    @property
    def lost_time(self) -> float:
        """Return the seconds emulated time stood still because this computer was late."""
        return self.clock.lost

    def write(self, data: bytes, timeout: float | None = None) -> int:
        """Send bytes to the board; return how many were taken before ``timeout``."""
        end = None if timeout is None else time.monotonic() + timeout
        taken = 0
        while taken < len(data):
            with self._room:
                while self._unsent >= WRITE_ROOM and self._running and self.host.plugged:
                    left = None if end is None else end - time.monotonic()
                    if left is not None and left <= 0:
                        return taken
                    self._room.wait(left)
                self._check_cable()
                piece = data[taken : taken + WRITE_ROOM - self._unsent]
                self._unsent += len(piece)
                self._inbox.append(piece)
            taken += len(piece)
            self._wake()
        if not data:
            self._check_cable()
        return taken

    @property
    def unsent(self) -> int:
        """Return how many bytes the host has written that have not left."""
        return self._unsent

    def drained(self, timeout: float | None = None) -> bool:
        """Wait until every byte has left the host."""
        with self._room:
            return self._room.wait_for(lambda: not self._unsent or not self._running or not self.host.plugged, timeout)

    def discard_output(self) -> None:
        """Forget what the host has written and not yet sent."""
        self._ask(self._discard_up)

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        """Set the modem lines as asserted or not; two transistors make EN and IO0 of them."""
        self._ask(lambda: self._set_lines(dtr, rts))

    def unplug(self, replug_after: float | None = None) -> None:
        """Pull the cable; the board keeps its power. ``replug_after`` is in seconds."""
        self._ask(lambda: self._unplug(replug_after))

    def replug(self) -> None:
        """Put the cable back."""
        self._ask(self._replug)

    def power_cut(self) -> None:
        """Take the power away and give it back: the board boots, what was not on flash is gone."""
        self._ask(lambda: self._reset(profiles.POWER_ON))

    def mute(self, on: bool = True) -> None:
        """Let the board stop answering, or answer again."""
        self._ask(lambda: setattr(self, "_muted", on))

    def settle(self) -> None:
        """Wait until what was asked before has been done."""
        done = threading.Event()
        self._ask(done.set)
        while self._thread.is_alive() and not done.wait(0.2):
            pass

    def power_off(self) -> None:
        """End the board: its VM, its thread, its descriptors and its lock are gone afterwards."""
        self._running = False
        self._wake()
        with self._room:
            self._room.notify_all()
        self.host.set(plugged=False)
        if self._thread is not threading.current_thread():
            self._thread.join()

    # The board's own thread.

    def _ask(self, request: Callable[[], None]) -> None:
        self._inbox.append(request)
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            os.write(self._wake_write, b"!")

    def _check_cable(self) -> None:
        if not self._running or not self.host.plugged:
            raise UnpluggedError("device disconnected: the cable of the virtual board was pulled")

    def _run(self) -> None:
        try:
            self._reset(profiles.POWER_ON)
            while self._running:
                self._step(self._wait())
        except BaseException as error:  # noqa: BLE001  (handed to whoever made the machine)
            self._failure = error
        finally:
            self._running = False
            self._release()
            self._ready.set()

    def _release(self) -> None:
        self._stop_vm()
        self.host.set(plugged=False)
        self._terminal.close()
        self.image.close()
        os.close(self._wake_read)
        write, self._wake_write = self._wake_write, -1
        os.close(write)
        with self._room:
            self._room.notify_all()

    def _wait(self) -> float:
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        if self._vm is not None:
            poll.register(self._vm.exit_fd, select.POLLIN)
        interest = (select.POLLIN if self._may_read_vm() else 0) | (select.POLLOUT if self._stuck else 0)
        if interest:
            poll.register(self._terminal.master, interest)
        due = min((t for t in self._dues() if t is not None), default=None)
        timeout = None if due is None else max(0.0, (due - self.clock.now()) * 1000)
        poll.poll(timeout)
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 4096)
        return self.clock.woke(due)

    def _dues(self) -> tuple[float | None, ...]:
        up = None if self._stuck else self._up.due()
        app = self._app.due() if self._app else None
        return up, self._down.due(), self._bridge.due(), self._next_stall, self._stalled_until, self._replug_at, app

    def _may_read_vm(self) -> bool:
        return len(self._down) < DOWN_ROOM and (self.options.baud > 0 or self.host.room() > VM_READ)

    def _step(self, now: float) -> None:
        self._take_requests(now)
        self._keep_times(now)
        self._receive(now)
        if self._vm is not None and self._may_read_vm():
            self._hear_vm(now)
        if self._vm is not None and self._vm.ended():
            self._vm_ended(now)
        self._transmit(now)

    def _take_requests(self, now: float) -> None:
        while self._inbox:
            item = self._inbox.popleft()
            if callable(item):
                item()
                continue
            if self._last_way == DOWN:
                self.counters.turns += 1
            self._last_way = UP
            self._up.push(item, now)

    def _discard_up(self) -> None:
        self._up.clear()
        self._stuck = b""
        self._sent()

    def _sent(self) -> None:
        with self._room:
            queued = sum(len(item) for item in self._inbox if isinstance(item, bytes))
            self._unsent = len(self._up) + len(self._stuck) + queued
            self._room.notify_all()

    # Host to board.

    def _receive(self, now: float) -> None:
        if self._stuck:
            self._stuck = self._stuck[self._terminal.write(self._stuck) :]
            if self._stuck:
                return
            self._sent()
        data = self._up.take(now)
        if not data:
            return
        self.counters.up += len(data)
        if self.options.baud and self.host_baud != self.options.baud:
            data = Garbler().change(data)
        data, event = self.faults.apply(UP, data)
        if not self._muted:
            self._into_board(data)
        self._sent()
        if event is not None:
            self._happen(event)

    def _into_board(self, data: bytes) -> None:
        if self._vm is None or not self._started:
            return  # nobody listens in reset, in the ROM or while the VM starts
        if self._raw_paste_hidden():
            data = data.replace(bytes((CTRL_E,)), b"")
        before, ctrl_c, after = data.partition(bytes((CTRL_C,)))
        self._into_ring(before)
        if ctrl_c:
            if not self._vm.interrupt():
                self._into_ring(ctrl_c)
            self._into_board(after)

    def _raw_paste_hidden(self) -> bool:
        return "rawpaste" in self.options.without and self._console.raw and self._last_down.endswith(b">")

    def _into_ring(self, data: bytes) -> None:
        if self.options.baud:
            room = max(0, self.options.rxbuf - 1 - self._terminal.waiting())
            self.counters.dropped += max(0, len(data) - room)
            data = data[:room]
        rest = self._stuck + data
        self._stuck = rest[self._terminal.write(rest) :] if rest else b""

    # Board to host.

    def _hear_vm(self, now: float) -> None:
        data = self._terminal.read(VM_READ)
        for item in self._console.feed(data) if data else ():
            if isinstance(item, bytes):
                self._down.push(item, now)
            else:
                self._vm_says(item)

    def _vm_says(self, event: Event) -> None:
        if event.kind == STARTED:
            self._started = True
            self._ready.set()
        elif event.kind == READY and event.data == b"raw":
            self._terminal.write(b"\x01")
        elif event.kind == RESET:
            self._reset(event.data.decode())

    def _transmit(self, now: float) -> None:
        if self._app is not None:
            self._down.push(self._app.take(now), now)
        data = self._down.take(now)
        if data:
            self._last_down = data
            if self.options.baud and self.host_baud != self.options.baud:
                data = Garbler().change(data)
            data, event = self.faults.apply(DOWN, data)
            if not self._muted:
                self._bridge.push(data, now)
            if event is not None:
                self._bridge_out(now + self._bridge.latency)
                self._happen(event)
        self._bridge_out(now)

    def _bridge_out(self, now: float) -> None:
        data = self._bridge.take(now)
        if data:
            self.counters.down += len(data)
            self._last_way = DOWN
            self.host.deliver(data)

    # Power, lines, resets.

    def _set_lines(self, dtr: bool, rts: bool) -> None:
        was_down = _en_low(self._lines)
        self._lines = (dtr, rts)
        if _en_low(self._lines):
            self._stop_vm()
            self._clear_wire()
            self.state = "reset"
        elif was_down:
            self._reset(profiles.HARD, download=_io0_low(self._lines))

    def _reset(self, reason: str, *, download: bool = False) -> None:
        """Restart the chip."""
        self._stop_vm()
        self._clear_wire()
        now = self.clock.now()
        self._down.push(self.profile.boot_log(reason, download=download), now)
        self.state = "download" if download else "running"
        self._app = None
        if download:
            return
        if self.options.app in APPS:
            self._app = APPS[self.options.app](now)
            self._ready.set()
        else:
            self._start_vm(reason, raw=False)

    def _start_vm(self, reason: str, *, raw: bool) -> None:
        nonce = b"\xfe" + secrets.token_hex(2).encode()[:3]
        config = vm_config(self.options, self.image, reason, raw=raw)
        config["nonce"] = nonce.hex()
        self._console = Console(nonce, raw=raw)
        self._started = False
        self._vm = VM(self._terminal, vm_heap(self.options), config)
        self.counters.boots += 1

    def _vm_ended(self, now: float) -> None:
        last_words = b""
        while data := self._terminal.read(VM_READ):
            last_words = data
            for item in self._console.feed(data):
                if isinstance(item, bytes):
                    self._down.push(item, now)
                elif item.kind == RESET:
                    self._reset(item.data.decode())
                    return
        vm, self._vm = self._vm, None
        assert vm is not None
        vm.close()
        if not self._started:
            said = last_words.decode(errors="replace").strip()
            raise ConnectError("sim: MicroPython does not start", "is ESPSH_MICROPYTHON a unix build?", detail=said)
        if vm.crashed:
            self._reset(profiles.PANIC)
            return
        self._down.push(b"MPY: soft reboot\r\n", now)
        self._start_vm("soft", raw=self._console.raw)

    def _stop_vm(self) -> None:
        if self._vm is not None:
            self._vm.kill()
            self._vm = None
        self._started = False

    def _clear_wire(self) -> None:
        self._terminal.flush()
        while self._terminal.read(VM_READ):
            pass
        self._stuck = b""
        self._down.clear()

    # Faults and stalls.

    def _happen(self, event: FaultSpec) -> None:
        if event.kind == "mute":
            self._muted = True
        elif event.kind == "unplug":
            self._unplug(event.replug)
        else:
            self._reset(profiles.POWER_ON)

    def _unplug(self, replug_after: float | None) -> None:
        self.host.set(plugged=False)
        self._discard_up()
        if replug_after is not None:
            self._replug_at = self.clock.now() + replug_after

    def _replug(self) -> None:
        self._replug_at = None
        self._bridge.clear()
        self.host.set(plugged=True)

    def _keep_times(self, now: float) -> None:
        if self._replug_at is not None and now >= self._replug_at:
            self._replug()
        if self._stalled_until is not None and now >= self._stalled_until:
            self._stalled_until = None
            if self._vm is not None:
                self._vm.resume()
        if self._next_stall is not None and self.options.stall is not None and now >= self._next_stall:
            self._next_stall = now + self.options.stall[1]
            if self._vm is not None and self._started and self._vm.halt():
                self._stalled_until = now + self.options.stall[0]


def _en_low(lines: tuple[bool, bool]) -> bool:
    dtr, rts = lines
    return rts and not dtr


def _io0_low(lines: tuple[bool, bool]) -> bool:
    dtr, rts = lines
    return dtr and not rts
