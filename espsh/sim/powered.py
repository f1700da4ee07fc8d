"""One virtual board with its power on, and the thread that moves its bytes.

Everything a board does happens on its one thread, which sleeps until the VM writes, the host writes or a
byte is due. Other threads put requests into its inbox and read counters.
"""

from __future__ import annotations

import select
import threading
import time
from collections import deque
from collections.abc import Callable

from espsh.sim import rom_texts
from espsh.sim.board_uart import BoardUart
from espsh.sim.chip import Chip, new_flash
from espsh.sim.clock import EmulatedClock
from espsh.sim.faults import Faults, FaultSpec
from espsh.sim.hostside import HostSide
from espsh.sim.identity import unique_id
from espsh.sim.options import Options
from espsh.sim.profiles import PROFILES
from espsh.sim.stalls import Stalls
from espsh.sim.traffic import Traffic
from espsh.sim.wakeup import Wakeup, sleep
from espsh.sim.wiring import WIRINGS, ResetCircuit

WRITE_ROOM = 4096  # what the host's driver takes before a write waits
WORTH_A_WAKE = 512  # bytes of room: a writer woken for each byte that left would cost more than the rest of the board


class Machine:
    """A virtual board, from power-on to ``power_off``."""

    def __init__(self, options: Options, host_baud: int) -> None:
        self.options = options
        self.unique_id = unique_id(options)
        self.host = HostSide(self._wake)
        self.clock = EmulatedClock()
        self._image = new_flash(options)
        self._host_baud = host_baud
        self._host_rate: Callable[[], int] | None = None
        esp = PROFILES[options.profile].esp
        uart = BoardUart(options.baud, options.uart, self.clock, esp.texts.baud if esp else 0)
        self._circuit = ResetCircuit(WIRINGS[options.wiring])
        self._chip = Chip(options, self._image, uart)
        self._traffic = Traffic(options, uart, self._chip, self.host, host_baud)
        self._stalls = Stalls(options.stall, self.clock.now())
        self._replug_at: float | None = None
        self._inbox: deque[bytes | Callable[[], None]] = deque()
        self._lock = threading.RLock()
        self._room = threading.Condition(self._lock)
        self._unsent = 0
        self._running = True
        self._wakeup = Wakeup()
        self._failure: BaseException | None = None
        self._up_and_running = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"sim:{options.board}", daemon=True)
        self._thread.start()
        self._up_and_running.wait()
        if self._failure is not None:
            raise self._failure

    # What other threads may use.

    @property
    def alive(self) -> bool:
        """Whether the board has power."""
        return self._running

    @property
    def state(self) -> str:
        """What the chip is doing: running, held in reset, download mode or off."""
        return self._chip.state

    @property
    def boots(self) -> int:
        """How often MicroPython was started, soft resets included."""
        return self._chip.boots

    @property
    def bytes_up(self) -> int:
        """How many bytes went to the board."""
        return self._traffic.bytes_up

    @property
    def bytes_down(self) -> int:
        """How many bytes came from the board."""
        return self._traffic.bytes_down

    @property
    def turns(self) -> int:
        """How often traffic turned from board→host to host→board."""
        return self._traffic.turns

    @property
    def faults(self) -> Faults:
        """The faults of the cable, which can be changed and replaced."""
        return self._traffic.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._traffic.faults = faults

    @property
    def dropped(self) -> int:
        """How many bytes found the board's receive ring full."""
        return self._chip.dropped

    @property
    def lost_time(self) -> float:
        """The seconds emulated time stood still because this computer was late."""
        return self.clock.lost

    @property
    def host_baud(self) -> int:
        """The rate of the host's port: for what is not sent yet, and for what comes from now on."""
        return self._host_baud

    @host_baud.setter
    def host_baud(self, baud: int) -> None:
        if baud != self._host_baud:
            self._host_baud = baud
            self._ask(lambda: self._set_host_baud(baud))

    @property
    def board_baud(self) -> int:
        """The rate at which the board transmits; 0 on native USB."""
        return self._traffic.board_baud

    def follow(self, host_baud: Callable[[], int] | None) -> None:
        """Ask for the host's rate whenever something moves; None ends that."""
        self._ask(lambda: setattr(self, "_host_rate", host_baud))
        self.settle()

    @property
    def unsent(self) -> int:
        """How many bytes the host has written that have not left."""
        return self._unsent

    def write(self, data: bytes, timeout: float | None = None) -> int:
        """Send bytes to the board; return how many were taken in ``timeout`` seconds (None: all, however long)."""
        end = None if timeout is None else time.monotonic() + timeout
        taken = 0
        self.host.check()
        while taken < len(data):
            with self._lock:
                while self._unsent >= WRITE_ROOM and self._reachable:
                    left = None if end is None else end - time.monotonic()
                    if left is not None and left <= 0:
                        return taken
                    self._room.wait(left)
                self.host.check()
                piece = data[taken : taken + WRITE_ROOM - self._unsent]
                self._unsent += len(piece)
                self._inbox.append(piece)
            taken += len(piece)
            self._wake()
        return taken

    def drain(self, timeout: float | None = None) -> bool:
        """Wait until every byte has left the host; False when ``timeout`` seconds were not enough."""
        with self._lock:
            return self._room.wait_for(lambda: not self._unsent or not self._reachable, timeout)

    def discard_output(self) -> None:
        """Forget what the host has written and has not left."""
        self._ask(self._discard_output)

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        """Set the modem lines, True for asserted."""
        self._ask(lambda: self._set_lines(dtr, rts))

    def unplug(self, replug_after: float | None = None) -> None:
        """Pull the cable; the board keeps its power. ``replug_after`` is in seconds."""
        self._ask(lambda: self._unplug(replug_after))
        self.settle()

    def replug(self) -> None:
        """Put the cable back."""
        self._ask(self._replug)
        self.settle()

    def power_cut(self) -> None:
        """Take the power away and give it back: what was not on the flash is gone, and the board boots."""
        self._ask(lambda: self._chip.reset(rom_texts.POWER_ON, self.clock.now()))
        self.settle()

    def press_buttons(self) -> None:
        """Hold BOOT, press EN: the chip enters download mode, however its lines are wired."""
        self._ask(lambda: self._chip.reset(rom_texts.HARD, self.clock.now(), download=True))
        self.settle()

    def mute(self, on: bool = True) -> None:
        """Let nothing through any more in either direction, or let it through again."""
        self._ask(lambda: setattr(self._traffic, "muted", on))
        self.settle()

    def settle(self) -> None:
        """Wait until the board has done what it was asked for."""
        done = threading.Event()
        self._ask(done.set)
        while self._thread.is_alive() and self._running:
            if done.wait(0.1):
                return

    def power_off(self) -> None:
        """End the board: its VM, its thread, its descriptors and its lock are gone afterwards."""
        self._running = False
        self._wake()
        self.host.set(plugged=False)
        if self._thread is not threading.current_thread():
            self._thread.join()

    @property
    def _reachable(self) -> bool:
        return self._running and self.host.connected

    def _ask(self, request: Callable[[], None]) -> None:
        self._inbox.append(request)
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            self._wakeup.ring()

    # The board's own thread.

    def _live(self) -> None:
        try:
            self._chip.reset(rom_texts.POWER_ON, self.clock.now())
            while self._running:
                self._step(self._wait())
                if self._chip.program.started:
                    self._up_and_running.set()
        except BaseException as error:  # noqa: BLE001  (raised again in whoever switched the board on)
            self._failure = error
        finally:
            self._running = False
            self._release()
            self._up_and_running.set()

    def _release(self) -> None:
        self._chip.close()
        self._image.close()
        self.host.set(plugged=False)
        with self._lock:
            self._wakeup.close()
            self._room.notify_all()

    def _wait(self) -> float:
        """Sleep until something is to do; return the emulated time."""
        program = self._chip.program
        watched = [(self._wakeup.fd, select.POLLIN), *program.watched()]
        output = program.output() if self._traffic.may_transmit() else None
        if output is not None:
            watched.append((output, select.POLLIN))
        due = min((moment for moment in self._dues() if moment is not None), default=None)
        if not self._inbox:
            sleep(watched, None if due is None else max(0.0, due - self.clock.now()))
        self._wakeup.clear()
        return self.clock.woke(due)

    def _dues(self) -> tuple[float | None, ...]:
        own = self._chip.program.due() if self._traffic.may_transmit() else None
        return own, *self._traffic.dues(), self._circuit.due, self._stalls.due, self._replug_at

    def _step(self, now: float) -> None:
        if self._host_rate is not None:
            self._take_host_baud(self._host_rate())
        while self._inbox:
            self._take(self._inbox.popleft(), now)
        self._keep_times(now)
        self._move_up(now)
        self._chip.run(now, may_transmit=self._traffic.may_transmit())
        self._move_down(now)

    def _take_host_baud(self, baud: int) -> None:
        if baud != self._host_baud:  # at once: what waits in the inbox was written after it
            self._host_baud = baud
            self._set_host_baud(baud)

    def _take(self, item: bytes | Callable[[], None], now: float) -> None:
        if callable(item):
            item()
        else:
            self._traffic.push(item, now)

    def _move_up(self, now: float) -> None:
        self._happen(self._traffic.move_up(now))
        if self._unsent:
            self._count_unsent()

    def _move_down(self, now: float) -> None:
        self._happen(self._traffic.move_down(now))

    def _count_unsent(self) -> None:
        with self._lock:
            inbox = sum(len(item) for item in self._inbox if isinstance(item, bytes))
            self._unsent = self._traffic.unsent + inbox
            if self._unsent <= WRITE_ROOM - WORTH_A_WAKE:
                self._room.notify_all()

    def _discard_output(self) -> None:
        self._traffic.discard_up()
        self._count_unsent()

    def _set_host_baud(self, baud: int) -> None:
        now = self.clock.now()
        self._move_up(now)
        self._move_down(now)
        self._traffic.set_host(baud, now)

    def _set_lines(self, dtr: bool, rts: bool) -> None:
        now = self.clock.now()
        self._follow_circuit(self._circuit.set(dtr=dtr, rts=rts, now=now), now)

    def _follow_circuit(self, does: str, now: float) -> None:
        if does == "hold":
            self._chip.hold()
        elif does:
            self._chip.reset(rom_texts.HARD, now, download=does == "download")

    def _happen(self, event: FaultSpec | None) -> None:
        if event is None:
            return
        if event.kind == "mute":
            self._traffic.muted = True
        elif event.kind == "unplug":
            self._unplug(event.replug)
        else:
            self._chip.reset(rom_texts.POWER_ON, self.clock.now())

    def _unplug(self, replug_after: float | None) -> None:
        self.host.set(plugged=False)
        self._discard_output()
        if replug_after is not None:
            self._replug_at = self.clock.now() + replug_after

    def _replug(self) -> None:
        self._replug_at = None
        self._traffic.discard_down()
        self.host.set(plugged=True)

    def _keep_times(self, now: float) -> None:
        self._follow_circuit(self._circuit.take(now), now)
        if self._replug_at is not None and now >= self._replug_at:
            self._replug()
        self._stalls.keep(self._chip.program, now)
