"""Firmware by esptool, for Espressif's chips: judged, written, verified, and the boot watched."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from espsh.errors import ConnectError, EspshError, FirmwareError, InterruptedByUserError, LinkLostError
from espsh.firmware import flashing
from espsh.firmware.arrange import Given
from espsh.firmware.backends import Agree, FirmwareBackend, FlashPlan, FlashWish, RawFile
from espsh.firmware.catalog import Catalog
from espsh.firmware.chips import foreign_chip
from espsh.firmware.files import read_data, read_firmware
from espsh.firmware.keeping import Keeping
from espsh.firmware.selection import Facts
from espsh.firmware.table_files import read_table_file
from espsh.firmware.work import Work

if TYPE_CHECKING:
    from espsh.firmware.esp import Esp
    from espsh.firmware.payload import Part

_DONE = "FLASHED · VERIFIED"
_BOOTED = f"{_DONE} · BOOTED"
_OWN_USB = "by its own USB it may have stayed in download mode: press EN (reset), or plug it in again"


class _ByEsptool:
    """Writes through the loader in the ROM of Espressif's chips."""

    name = "esptool"

    def reason(self, wish: FlashWish) -> str | None:
        """Return why it cannot: a file that is none of Espressif's, a board that says that it has another chip."""
        foreign = foreign_chip(wish.board.identity.chip)
        if foreign is not None:
            return f"it knows no {foreign.name}"
        try:
            for file in wish.files:
                _read(file)
        except FirmwareError as error:
            return error.message
        return None

    def flash(self, wish: FlashWish, agree: Agree) -> str:
        """Write, or with --verify-only compare; see :class:`~espsh.firmware.backends.FirmwareBackend`."""
        work = Work(
            wish.board, wish.world.folder("state"), wish.options.baud, changes=not wish.options.verify_only,
            attended=wish.attended,
        )  # fmt: skip
        job = _Job(wish, work, agree)
        return job.verify() if wish.options.verify_only else job.run()


BACKEND: FirmwareBackend = _ByEsptool()


def _read(file: RawFile) -> Given:
    if file.offset is None:
        return Given(read_firmware(file.name, file.data))
    return Given(read_data(file.name, file.data), file.offset)


def _chosen(wish: FlashWish, work: Work) -> flashing.Chosen:
    """Return what is to be on the flash, the user's files read."""
    bootloader, table = wish.options.bootloader, wish.options.partition_table
    return flashing.Chosen(
        [_newest(wish, work)] if wish.options.latest else [_read(file) for file in wish.files],
        read_firmware(bootloader.name, bootloader.data) if bootloader else None,
        read_table_file(table.name, table.data) if table else None,
    )


def _newest(wish: FlashWish, work: Work) -> Given:
    """Return the newest MicroPython for the chip in hand."""
    target = work.hold(lambda esp: esp.target)
    facts = Facts(target.chip.name, target.flash, target.psram, target.revision)
    catalog = Catalog.of(wish.world, wish.note)
    path = catalog.for_chip(facts, listen=wish.board.tell, board=wish.board.name, check=_check).path
    return Given(read_firmware(path.name, path.read_bytes()))


def _check(name: str, data: bytes) -> None:
    """Refuse what is no whole firmware, before it is kept."""
    damage = read_firmware(name, data).damage
    if damage:
        raise FirmwareError(f"{name}: {damage[0]}")


class _Job:
    """One board's flashing: what is wanted, what was agreed on, what is kept.

    ``interrupted`` says that a program of the user's ran, and was stopped to ask who is there.
    """

    def __init__(self, wish: FlashWish, work: Work, agree: Agree) -> None:
        self._wish = wish
        self._board = wish.board
        self._options = wish.options
        self._work = work
        self._agree_to = agree
        self._chosen = _chosen(wish, work)
        self._plan: flashing.Plan | None = None
        self._agreed = False
        self._kept: Keeping | None = None
        self._interrupted = False

    def run(self) -> str:
        """Write, verify, and watch the boot; where files were kept, the last line of a failure is where they are."""
        with self._telling_what_is_left():
            keeping = self._options.keep_files
            if not self._work.hold(self._agree if keeping else self._write):
                self._work.hands.say()
                return ""
            if keeping:
                self._keep_files()
                self._work.hold(self._write)
            with _telling(_DONE, "whether all of it works was not seen: monitor shows what the board says"):
                done = self._boot()
            if self._kept and done.startswith(_BOOTED):
                with _telling(done, "its files are not all back"):
                    done += f" · {self._kept.restore()}"
            elif self._kept:
                self._wish.note(self._kept.left)
            if self._interrupted:
                self._board.hard_reset()
        return done

    def verify(self) -> str:
        """Compare and write nothing."""
        different = self._work.run(self._compare)
        if different:
            raise FirmwareError(f"the flash does not hold {', '.join(map(str, different))}", "write it: flash FILE")
        return "VERIFIED"

    def _compare(self, esp: Esp) -> list[Part]:
        return flashing.differing(self._work, esp, flashing.judge(self._chosen, esp).payload.parts)

    def _agree(self, esp: Esp) -> bool:
        """Judge, and ask whether that shall be done, once; a line that fails meanwhile begins the work anew."""
        if self._plan is None:
            plan = flashing.judge(self._chosen, esp, keeping=self._options.keep_files)
            if not self._options.force:
                flashing.refuse(plan)
            lines = tuple(flashing.told(plan, self._board.name, self._board.url))
            lost = {"lost": "all of its flash is erased before"} if self._options.erase else {}
            self._agreed = self._agree_to(FlashPlan(lines, **lost))
            self._plan = plan
        return self._agreed

    def _keep_files(self) -> None:
        by_hand = self._work.hands.left
        if by_hand and self._work.hands.watch().outcome == "silent":
            raise FirmwareError("the board's files cannot be read: it does not run", by_hand)
        self._kept = Keeping(self._board, self._wish.world.folder("state") / "backups")
        self._wish.note(self._kept.keep())

    def _write(self, esp: Esp) -> bool:
        if not self._agree(esp):
            return False
        assert self._plan is not None
        payload = self._plan.payload
        if self._kept:
            payload = self._kept.with_settings(payload, self._plan.layout, partial(flashing.read, self._work, esp))
        flashing.write(self._work, esp, payload.parts, erased=self._options.erase, force=self._options.force)
        return True

    def _boot(self) -> str:
        """Watch the board start; return what came of it."""
        by_hand = self._work.hands.left
        assert self._plan is not None
        other = self._plan.payload.micropython is None
        verdict = self._work.hands.watch(prompt=not other)
        if verdict.outcome == "silent" and by_hand:
            return f"{_DONE} · {by_hand}"
        if verdict.outcome in ("failed", "silent"):
            own_usb = verdict.outcome == "silent" and self._plan.target.chip.native_usb
            raise FirmwareError(f"{_DONE} · NOT BOOTED: {verdict.text}", _OWN_USB if own_usb else verdict.fix or None)
        if other and verdict.outcome == "running":
            return f"{_DONE} · RUNS (no MicroPython, so nothing more can be asked)"
        self._meet()
        self._interrupted = verdict.outcome == "running"
        return f"{_BOOTED} (MicroPython {self._board.identity.firmware} on {self._board.identity.chip})"

    def _meet(self) -> None:
        board = self._board
        try:
            board.meet()
        except (ConnectError, LinkLostError):
            if board.link.lost is None:
                raise
            lost = LinkLostError("the port went away as the board started")
            if not self._work.comes_back(lost):
                raise lost from None
            board.meet()

    @contextlib.contextmanager
    def _telling_what_is_left(self) -> Iterator[None]:
        """Let what ends the work say what to press, and where the board's files are."""
        try:
            yield
        except KeyboardInterrupt:
            stopped = InterruptedByUserError()
            self._tell(stopped)
            raise stopped from None
        except EspshError as error:
            self._tell(error)
            raise

    def _tell(self, error: EspshError) -> None:
        self._work.hands.say()
        error.hint = "; ".join(filter(None, (error.hint, self._kept.left if self._kept else ""))) or None


@contextlib.contextmanager
def _telling(done: str, rest: str) -> Iterator[None]:
    """Let what fails from here on say what is ``done``; a user who stops it is told the ``rest``."""
    try:
        yield
    except FirmwareError:
        raise
    except (KeyboardInterrupt, InterruptedByUserError):
        stopped = InterruptedByUserError()
        stopped.hint = f"{done}; {rest}"
        raise stopped from None
    except EspshError as error:
        error.message = f"{done} · {error.message}"
        error.hint = f"{error.hint or 'plug it in again'}; {rest}"
        raise
