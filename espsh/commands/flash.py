"""flash: firmware onto a board, judged before, verified after, and watched until it has booted."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

from espsh.api import (
    PATH,
    Arg,
    Catalog,
    ConnectError,
    Context,
    EspshError,
    Facts,
    FirmwareError,
    Flashed,
    Given,
    InterruptedByUserError,
    Keeping,
    LinkLostError,
    Location,
    Number,
    Opt,
    UsageError,
    Work,
    command,
    flashing,
    human_size,
    read_data,
    read_firmware,
    read_table_file,
)

if TYPE_CHECKING:
    from espsh.api import Esp, Part


class _Options(NamedTuple):
    erase: bool
    keep_files: bool
    force: bool
    yes: bool


_DONE = "FLASHED · VERIFIED"
_BOOTED = f"{_DONE} · BOOTED"
_OWN_USB = "by its own USB it may have stayed in download mode: press EN (reset), or plug it in again"
_OFFSET = re.compile(r"0[xX][0-9a-fA-F]+|\d+")


@command(
    boards="each",
    needs="port",
    destroys=lambda options: None if options["verify_only"] else "write firmware over the flash",
    aliases=("write_flash", "write-flash"),
    examples=(
        "flash ESP32_GENERIC-20260801-v1.29.0.bin",
        "flash --keep-files ESP32_GENERIC-20260801-v1.29.0.bin",
        "flash --latest                     # the newest MicroPython for this chip",
        "flash app.elf --partition-table partitions.csv --bootloader bootloader.bin",
        "flash 0x1000 bootloader.bin 0x8000 partitions.bin 0x10000 app.bin",
        "flash --verify-only firmware.bin   # is it what the board has?",
    ),
)
def flash(
    ctx: Context,
    words: Annotated[list[Location], Arg(PATH, "a firmware, or an offset before each file", many="*")],
    *,
    latest: Annotated[bool, Opt("--latest", help="the newest MicroPython for this chip, downloaded")] = False,
    erase: Annotated[bool, Opt("-e", "--erase", "--erase-all", help="erase the whole flash before")] = False,
    keep_files: Annotated[bool, Opt("--keep-files", help="copy files and settings to the host, and back")] = False,
    bootloader: Annotated[Location | None, Opt("--bootloader", help="for an ELF or an application", type=PATH)] = None,
    partition_table: Annotated[
        Location | None, Opt("--partition-table", help="a table, CSV or binary", type=PATH)
    ] = None,
    baud: Annotated[int | None, Opt("--baud", help="the rate to write at", type=Number("BAUD", 9600))] = None,
    verify_only: Annotated[bool, Opt("--verify-only", help="write nothing, compare")] = False,
    force: Annotated[bool, Opt("--force", help="write what cannot work, too")] = False,
    yes: Annotated[bool, Opt("-y", "--yes", help="do not ask")] = False,
    compress: Annotated[bool, Opt("-z", "--compress", help="esptool's; it is always done where it helps")] = False,
) -> None:
    """Write firmware to a board, verify it, and watch the board boot.

    A MicroPython .bin, an .app-bin, an ELF, or an offset before each file. Where it goes follows from the file and the
    chip. What cannot run there is refused before anything is erased: another chip's image, one that is too large,
    damaged, or built for PSRAM where there is none. The board need not run MicroPython.
    """
    if latest == bool(words):
        raise UsageError("name a firmware, or let --latest choose one", "flash FILE, or flash --latest")
    work = Work(
        ctx.board,
        ctx.session.world.folder("state"),
        baud,
        changes=not verify_only,
        attended=ctx.terminal.interactive,
    )
    files = [_newest(ctx, work)] if latest else _given(ctx, words)
    chosen = flashing.Chosen(
        files,
        read_firmware(bootloader.name, _bytes(ctx, bootloader)) if bootloader else None,
        read_table_file(partition_table.name, _bytes(ctx, partition_table)) if partition_table else None,
    )
    job = _Job(ctx, chosen, work, _Options(erase, keep_files, force, yes))
    job.verify() if verify_only else job.run()


def _newest(ctx: Context, work: Work) -> Given:
    """Return the newest MicroPython for the chip in hand."""
    target = work.hold(lambda esp: esp.target)
    facts = Facts(target.chip.name, target.flash, target.psram, target.revision)
    catalog = Catalog.of(ctx.session.world, ctx.out.note)
    path = catalog.for_chip(facts, listen=ctx.session.events.emit, board=ctx.board.name, check=_check).path
    return Given(read_firmware(path.name, path.read_bytes()))


def _check(name: str, data: bytes) -> None:
    """Refuse what is no whole firmware, before it is kept."""
    damage = read_firmware(name, data).damage
    if damage:
        raise FirmwareError(f"{name}: {damage[0]}")


def _given(ctx: Context, words: Sequence[Location]) -> list[Given]:
    given = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not _OFFSET.fullmatch(word.typed):
            given.append(Given(read_firmware(word.name, _bytes(ctx, word))))
        elif not rest:
            raise UsageError(f"no file stands behind the offset {word.typed}", "flash OFFSET FILE")
        else:
            file = rest.pop(0)
            given.append(Given(read_data(file.name, _bytes(ctx, file)), int(word.typed, 0)))
    return given


def _bytes(ctx: Context, file: Location) -> bytes:
    return b"".join(ctx.files(file).read(file.path))


class _Job:
    """One board's flashing: what is wanted, what was agreed on, what is kept.

    ``interrupted`` says that a program of the user's ran, and was stopped to ask who is there.
    """

    def __init__(self, ctx: Context, chosen: flashing.Chosen, work: Work, options: _Options) -> None:
        self._ctx = ctx
        self._chosen = chosen
        self._work = work
        self._options = options
        self._plan: flashing.Plan | None = None
        self._kept: Keeping | None = None
        self._interrupted = False

    def run(self) -> None:
        """Write, verify, and watch the boot; where files were kept, the last line of a failure is where they are."""
        with self._telling_what_is_left():
            if self._options.keep_files:
                self._work.hold(self._agree)
                self._keep_files()
            self._work.hold(self._write)
            with _telling(_DONE, "whether all of it works was not seen: monitor shows what the board says"):
                done = self._boot()
            if self._kept and done.startswith(_BOOTED):
                with _telling(done, "its files are not all back"):
                    done += f" · {self._kept.restore()}"
            elif self._kept:
                self._ctx.out.note(self._kept.left)
            if self._interrupted:
                self._ctx.board.hard_reset()
        self._ctx.session.events.emit(Flashed(self._ctx.board.name, done))
        self._ctx.out.text(done)

    def verify(self) -> None:
        """Compare and write nothing."""
        different = self._work.run(self._compare)
        if different:
            raise FirmwareError(f"the flash does not hold {', '.join(map(str, different))}", "write it: flash FILE")
        self._ctx.out.text("VERIFIED")

    def _compare(self, esp: Esp) -> list[Part]:
        return flashing.differing(self._work, esp, flashing.judge(self._chosen, esp).payload.parts)

    def _agree(self, esp: Esp) -> flashing.Plan:
        """Judge, show the plan and ask, once."""
        if self._plan is not None:
            return self._plan
        plan = flashing.judge(self._chosen, esp, keeping=self._options.keep_files)
        if not self._options.force:
            flashing.refuse(plan)
        board = self._ctx.board
        for line in flashing.told(plan, board.name, board.url, human_size):
            self._ctx.out.note(line)
        lost = "all of its flash is erased before" if self._options.erase else "what is there is overwritten"
        if not self._options.yes:
            self._ctx.agree(f"write it to {board.name}? {lost}")
        self._plan = plan
        return plan

    def _keep_files(self) -> None:
        by_hand = self._work.hands.left
        if by_hand and self._work.hands.watch().outcome == "silent":
            raise FirmwareError("the board's files cannot be read: it does not run", by_hand)
        self._kept = Keeping(self._ctx.board, self._ctx.session.world.folder("state") / "backups")
        self._ctx.out.note(self._kept.keep())

    def _write(self, esp: Esp) -> None:
        plan, options = self._agree(esp), self._options
        payload = plan.payload
        if self._kept:
            payload = self._kept.with_settings(payload, plan.layout, partial(flashing.read, self._work, esp))
        flashing.write(self._work, esp, payload.parts, erased=options.erase, force=options.force)

    def _boot(self) -> str:
        """Watch the board start; return what came of it."""
        board = self._ctx.board
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
        return f"{_BOOTED} (MicroPython {board.identity.firmware} on {board.identity.chip})"

    def _meet(self) -> None:
        board = self._ctx.board
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
