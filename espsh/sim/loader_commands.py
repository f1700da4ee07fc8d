"""What the commands of ROM loader and stub do: a generator for each (:mod:`espsh.sim.loader_table` has the numbers).

A generator yields the seconds that its next step takes, or None to wait for a packet. The ROM erases what it is going
to write before it answers, and answers when a block is written. The stub answers when it has taken a block, and writes
while the next one comes.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator

from espsh.sim import flash_writer, rom_texts
from espsh.sim.flash import SECTOR
from espsh.sim.flash_writer import FlashWriter
from espsh.sim.loader_session import Session
from espsh.sim.packets import (
    FAILED,
    INFLATE,
    INVALID,
    NOT_WRITING,
    TOO_MUCH,
    RefusedError,
    Request,
)
from espsh.sim.programs import Reset

Step = float | None
_ROM_SYNC_VALUE = 0x2012_0707
_SYNC_ANSWERS = 8
_STUB_START = 0.01
_SLOW_READ = 64
_WATCHDOG_ON = 1 << 31
WATCHDOG_BITE = 0.1
"""Seconds; a host sets it to 15 ms and has to lock it again before."""


def nothing(session: Session, request: Request) -> Iterator[Step]:
    """Say yes."""
    session.answer(request)
    yield 0.0


def sync(session: Session, request: Request) -> Iterator[Step]:
    """Answer eight times, so that one arrives whole."""
    for _ in range(_SYNC_ANSWERS):
        session.answer(request, 0 if session.stub else _ROM_SYNC_VALUE)
    yield 0.0


def read_register(session: Session, request: Request) -> Iterator[Step]:
    """Tell a register."""
    session.answer(request, session.board.registers[request.numbers(1)[0]])
    yield 0.0


def write_registers(session: Session, request: Request) -> Iterator[Step]:
    """Set registers, each with a wait behind it; one of them lets the watchdog bite."""
    words = request.numbers(len(request.data) // 16 * 4)
    for at in range(0, len(words), 4):
        address, value, mask, delay = words[at : at + 4]
        session.board.registers.write(address, value, mask)
        yield delay / 1e6
    session.answer(request)
    watchdog = session.board.silicon.watchdog
    if words[:1] == (watchdog,) and words[1] & _WATCHDOG_ON:
        session.bites_at = session.now + WATCHDOG_BITE


def memory_data(session: Session, request: Request) -> Iterator[Step]:
    """Take code for RAM."""
    request.block()
    session.uploaded = True
    session.answer(request)
    yield 0.0


def memory_end(session: Session, request: Request) -> Iterator[Step]:
    """Run what was uploaded."""
    stay, entry = request.numbers(2)
    session.answer(request)
    if entry and not stay and session.uploaded:
        yield from _start_stub(session)


def _start_stub(session: Session) -> Iterator[Step]:
    if session.board.runs_stubs:
        yield _STUB_START
        session.stub = True
        session.send(b"OHAI")
    else:
        yield None  # what was uploaded runs, and says nothing


def change_rate(session: Session, request: Request) -> Iterator[Step]:
    """Answer at the old rate, and go on at another."""
    baud, _ = request.numbers(2)
    session.answer(request)
    session.uart.change(baud, session.now)
    yield 0.0


def security_info(session: Session, request: Request) -> Iterator[Step]:
    """Tell what is locked."""
    session.answer(request, 0, session.board.security)
    yield 0.0


# Flash.


def _begin(session: Session, request: Request, *, deflated: bool) -> Iterator[Step]:
    size, _, _, offset = request.numbers(4)
    board = session.board
    if (offset % SECTOR and not session.stub) or offset + size > board.image.size:
        raise RefusedError(FAILED)
    if not session.stub:
        whole = _erased_by_rom(session, offset, size)
        yield from flash_writer.erase(board.image, board.times, offset, whole)
        size = max(size, whole)
    session.writer = FlashWriter(board.image, board.times, offset, size, deflated=deflated, erased=not session.stub)
    session.late = None
    session.answer(request)


def _erased_by_rom(session: Session, offset: int, size: int) -> int:
    """Return how much a ROM erases; the ESP8266's counts the first block's sectors twice, which hosts allow for."""
    if not session.board.silicon.erases_head_twice:
        return size
    sectors = -(-size // SECTOR)
    head = 16 - offset // SECTOR % 16
    return min((sectors + min(head, sectors)) * SECTOR, session.board.image.size - offset)


def flash_begin(session: Session, request: Request) -> Iterator[Step]:
    """Begin a write."""
    return _begin(session, request, deflated=False)


def deflated_begin(session: Session, request: Request) -> Iterator[Step]:
    """Begin a write of deflated data."""
    return _begin(session, request, deflated=True)


def flash_data(session: Session, request: Request) -> Iterator[Step]:
    """Write a block."""
    data = request.block()
    if session.writer is None:
        raise RefusedError(NOT_WRITING)
    _tell_late(session)
    if not session.stub:
        yield from _written(session.writer, data)
        session.answer(request)
        return
    session.answer(request)
    try:
        yield from _written(session.writer, data)
    except RefusedError as error:
        session.late = error.args[0]


def _written(writer: FlashWriter, data: bytes) -> Iterator[Step]:
    try:
        yield from writer.write(data)
    except ValueError as error:
        raise RefusedError(TOO_MUCH) from error
    except zlib.error as error:
        raise RefusedError(INFLATE) from error


def _tell_late(session: Session) -> None:
    why, session.late = session.late, None
    if why is not None:
        raise RefusedError(why)


def flash_end(session: Session, request: Request) -> Iterator[Step]:
    """End a write, and perhaps leave the loader."""
    if session.writer is None:
        raise RefusedError(NOT_WRITING)
    session.writer = None
    _tell_late(session)
    session.answer(request)
    stays = request.numbers(1)[0]
    yield 0.0
    if not stays:  # the pins still say download mode
        session.wish = Reset(rom_texts.SOFTWARE, download=True)
    elif not session.stub:
        session.wish = Reset(rom_texts.SOFTWARE)  # "run user code"


def md5(session: Session, request: Request) -> Iterator[Step]:
    """Tell the digest of a part of the flash."""
    offset, size = request.numbers(2)
    if offset + size > session.board.image.size:
        raise RefusedError(INVALID)
    digest = yield from flash_writer.md5(session.board.image, offset, size)
    session.answer(request, 0, digest if session.stub else digest.hex().encode())


def read_slowly(session: Session, request: Request) -> Iterator[Step]:
    """Tell 64 bytes of flash; where secure boot is on it starts the stub."""
    if session.uploaded and session.board.registers[session.board.silicon.stub_hook]:
        yield from _start_stub(session)
        return
    offset, _ = request.numbers(2)
    session.answer(request, 0, session.board.image.read(offset, _SLOW_READ))
    yield 0.0


def erase_flash(session: Session, request: Request) -> Iterator[Step]:
    """Erase all."""
    yield from flash_writer.erase_all(session.board.image, session.board.times)
    session.answer(request)


def erase_region(session: Session, request: Request) -> Iterator[Step]:
    """Erase whole sectors."""
    offset, size = request.numbers(2)
    if offset % SECTOR or size % SECTOR or offset + size > session.board.image.size:
        raise RefusedError(INVALID)
    yield from flash_writer.erase(session.board.image, session.board.times, offset, size)
    session.answer(request)


def read_flash(session: Session, request: Request) -> Iterator[Step]:
    """Send blocks, some ahead of what the host says it has; then the MD5."""
    offset, length, block, window = request.numbers(4)
    if not block:
        raise RefusedError(INVALID)
    session.answer(request)
    digest, sent, had = hashlib.md5(), 0, 0
    while had < length:
        while session.received:
            had = int.from_bytes(session.received.popleft()[:4], "little")
        if sent < length and sent - had < block * window:
            data = session.board.image.read(offset + sent, min(block, length - sent))
            digest.update(data)
            sent += len(data)
            yield session.send(data)
        elif had < length:
            yield None
    session.send(digest.digest())


def run_user_code(session: Session, request: Request) -> Iterator[Step]:
    """Leave the loader."""
    session.wish = Reset(rom_texts.SOFTWARE)
    yield 0.0
