"""The loader's protocol, packet by packet."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from espsh.sim.slip import Deframer, frame

SYNC = b"\x07\x07\x12\x20" + b"\x55" * 32
SECTOR = 4096
CHIPS = ("esp32", "esp32c3", "esp32c6", "esp32s3", "esp8266")


class Host:
    """A host that talks to the loader of a board in download mode."""

    def __init__(self, board: Any) -> None:
        self.board = board
        self.packets: list[bytes] = []
        self._deframer = Deframer()
        board.port.dtr, board.port.rts = False, True
        board.port.dtr, board.port.rts = True, False
        board.port.dtr = False
        board.machine.settle()
        board.port.reset_input_buffer()

    def packet(self) -> bytes:
        while not self.packets:
            self.board.port.timeout = 10
            data = self.board.port.read(1)  # and no byte of what comes after
            assert data, "no answer"
            self.packets += self._deframer.feed(data)
        return self.packets.pop(0)

    def send(self, command: int, data: bytes = b"", word: int = 0) -> None:
        self.board.port.write(frame(struct.pack("<BBHI", 0, command, len(data), word) + data))

    def ask(self, command: int, data: bytes = b"", word: int = 0) -> tuple[int, bytes]:
        """Return the value and the data of the answer, its status included."""
        self.send(command, data, word)
        direction, answered, length, value = struct.unpack_from("<BBHI", answer := self.packet())
        assert (direction, answered, length) == (1, command, len(answer) - 8)
        return value, answer[8:]

    def sync(self) -> list[int]:
        self.send(0x08, SYNC)
        return [struct.unpack_from("<I", self.packet(), 4)[0] for _ in range(8)]

    def words(self, command: int, *words: int) -> tuple[int, bytes]:
        return self.ask(command, struct.pack(f"<{len(words)}I", *words))

    def block(self, command: int, data: bytes, number: int = 0, spoil: int = 0) -> bytes:
        checksum = 0xEF ^ spoil
        for byte in data:
            checksum ^= byte
        return self.ask(command, struct.pack("<IIII", len(data), number, 0, 0) + data, checksum)[1]

    def start_stub(self) -> None:
        self.words(0x05, 4, 1, 4, 0x4008_0000)
        self.block(0x07, b"code")
        self.words(0x06, 0, 0x4008_0000)
        assert self.packet() == b"OHAI"


@pytest.fixture
def host(wire: Callable[..., Any]) -> Callable[..., Host]:
    def make(chip: str = "esp32", **options: str) -> Host:
        return Host(wire(chip, prompt=False, **options))

    return make


@pytest.mark.parametrize("chip", CHIPS)
def test_rom_and_stub_answer_a_sync(host: Callable[..., Host], chip: str) -> None:
    one = host(chip)
    assert all(one.sync())
    one.start_stub()
    assert one.sync() == [0] * 8


def test_a_rom_takes_the_rate_it_hears(host: Callable[..., Host]) -> None:
    one = host(baud="115200")
    one.board.port.baudrate = 57600
    assert all(one.sync())
    assert one.board.machine.board_baud == 57600


def test_another_rate_begins_after_the_answer(host: Callable[..., Host]) -> None:
    one = host(baud="115200")
    one.sync()
    assert one.words(0x0F, 460800, 0)[1][:2] == b"\0\0"
    one.board.port.baudrate = 460800
    assert all(one.sync())


@pytest.mark.parametrize(("chip", "status"), [("esp32", b"\1\5\0\0"), ("esp32s3", b"\1\5\0\0"), ("esp8266", b"\1\5")])
def test_an_unknown_command_is_refused(host: Callable[..., Host], chip: str, status: bytes) -> None:
    one = host(chip)
    assert one.ask(0xD0)[1] == status  # the stub's
    assert one.ask(0x7E)[1] == status
    one.start_stub()
    assert one.ask(0x7E)[1] == b"\xff\0"


def test_the_oldest_rom_knows_less(host: Callable[..., Host]) -> None:
    assert all(host("esp8266").words(number, 0, 0, 0, 0)[1] == b"\1\5" for number in (0x0D, 0x0F, 0x10, 0x13, 0x14))


@pytest.mark.parametrize("chip", ["esp32", "esp32c3", "esp8266"])
def test_registers_hold_what_is_written(host: Callable[..., Host], chip: str) -> None:
    one = host(chip)
    one.words(0x09, 0x3FF0_1000, 0x1234_5678, 0xFFFF_0000, 0)
    one.words(0x09, 0x3FF0_1000, 0xFFFF_FFFF, 0x0000_00FF, 0, 0x3FF0_1004, 7, 0xFFFF_FFFF, 0)
    assert one.words(0x0A, 0x3FF0_1000)[0] == 0x1234_00FF
    assert one.words(0x0A, 0x3FF0_1004)[0] == 7


def test_damaged_and_misplaced_blocks_are_refused(host: Callable[..., Host]) -> None:
    one = host()
    assert one.block(0x03, b"data")[:2] == b"\1\6"  # no write has begun
    assert one.block(0x07, b"code", spoil=1)[:2] == b"\1\7"
    assert one.words(0x02, 0x1000, 1, 0x400, 0x40_0000)[1][:2] == b"\1\6"  # outside of the flash
    one.start_stub()
    assert one.block(0x03, b"data") == b"\xc6\0"
    assert one.block(0x07, b"code", spoil=1) == b"\xc1\0"
    assert one.words(0xD1, 100, SECTOR)[1] == b"\xc0\0"
    assert one.words(0xD1, 0x3F_F000, 2 * SECTOR)[1] == b"\xc0\0"
    assert one.words(0x02, 0x1000, 1, 0x400, 0x40_0000)[1] == b"\xc4\0"


def test_what_is_no_packet_is_passed_over(host: Callable[..., Host]) -> None:
    one = host()
    one.board.port.write(b"noise\xc0\xc0\1\2\xc0" + frame(b"\1\x08\0\0\0\0\0\0") + frame(b"\0\x08\x09\0\0\0\0\0"))
    assert len(one.sync()) == 8


def test_the_rom_writes_and_reads(host: Callable[..., Host]) -> None:
    one = host()
    data = bytes(range(256)) * 8
    assert one.words(0x02, 2 * SECTOR, 2, 1024, 0x30_0000)[1][:2] == b"\0\0"
    for number in range(2):
        assert one.block(0x03, data[number * 1024 :][:1024], number)[:2] == b"\0\0"
    assert one.words(0x0E, 0x30_0040, 64)[1][:64] == data[64:128]
    digest = hashlib.md5(data).hexdigest().encode()
    assert one.words(0x13, 0x30_0000, 2048, 0, 0)[1][:32] == digest
    assert one.board.machine._image.read(0x30_0000, 2 * SECTOR) == data.ljust(2 * SECTOR, b"\xff")


def test_the_stub_inflates_and_hashes(host: Callable[..., Host]) -> None:
    one = host()
    one.start_stub()
    data = b"the same again and again " * 1000
    packed = zlib.compress(data)
    one.words(0x10, len(data), 1, 0x4000, 0x2F_F000, 0)
    assert one.block(0x11, packed) == b"\0\0"
    assert one.words(0x12, 1)[1] == b"\0\0"
    assert one.words(0x13, 0x2F_F000, len(data), 0, 0)[1] == hashlib.md5(data).digest() + b"\0\0"


@pytest.mark.parametrize(
    ("size", "content", "status"), [(100, zlib.compress(bytes(5000)), b"\xc9\0"), (5000, b"no zlib data", b"\xc7\0")]
)
def test_what_goes_wrong_after_the_answer_is_told_at_the_next(
    host: Callable[..., Host], size: int, content: bytes, status: bytes
) -> None:
    one = host()
    one.start_stub()
    one.words(0x10, size, 1, 0x4000, 0x30_0000, 0)
    assert one.block(0x11, content) == b"\0\0"
    assert one.words(0x12, 1)[1] == status


def test_a_write_erases_what_it_reaches_and_no_more(host: Callable[..., Host]) -> None:
    one = host()
    flash = one.board.machine._image
    flash.program(0x30_0000, bytes(4 * SECTOR))
    one.start_stub()
    one.words(0x02, SECTOR + 10, 1, 0x4000, 0x30_1000, 0)
    assert one.block(0x03, b"\xaa" * (SECTOR + 10)) == b"\0\0"
    assert one.words(0x04, 1)[1] == b"\0\0"
    expected = bytes(SECTOR) + b"\xaa" * (SECTOR + 10) + b"\xff" * (SECTOR - 10) + bytes(SECTOR)
    assert flash.read(0x30_0000, 4 * SECTOR) == expected


@pytest.mark.parametrize("cut", ["power", "reset"])
def test_a_write_that_is_cut_off_is_half_done(host: Callable[..., Host], cut: str) -> None:
    one = host(erase="50ms", write="0")
    flash = one.board.machine._image
    flash.program(0x30_0000, bytes(4 * SECTOR))
    one.start_stub()
    one.words(0x02, 4 * SECTOR, 1, 0x4000, 0x30_0000, 0)
    assert one.block(0x03, b"\xaa" * 4 * SECTOR) == b"\0\0"
    while flash.read(0x30_0000, 1) != b"\xaa":
        one.board.machine.settle()
    if cut == "power":
        one.board.machine.power_cut()
    else:
        one.board.port.rts = True
        one.board.machine.settle()
    after = flash.read(0x30_0000, 4 * SECTOR)
    assert after.startswith(b"\xaa" * SECTOR)
    assert after.endswith(bytes(SECTOR))


def test_blocks_are_sent_ahead_as_far_as_the_host_allows(host: Callable[..., Host]) -> None:
    one = host()
    one.start_stub()
    content = one.board.machine._image.read(0, 8 * SECTOR)
    one.words(0xD2, 0, 8 * SECTOR, SECTOR, 2)
    had = one.packet() + one.packet()
    assert one.board.silent_for(0.05) == b""
    while len(had) < len(content):
        one.board.port.write(frame(struct.pack("<I", len(had))))
        had += one.packet()
    one.board.port.write(frame(struct.pack("<I", len(had))))
    assert one.packet() == hashlib.md5(content).digest()
    assert had == content


def test_erasing_takes_its_time(host: Callable[..., Host]) -> None:
    one = host(erase="2ms", flash="2MB")
    one.start_stub()
    before, lost = one.board.machine.clock.now(), one.board.machine.lost_time
    one.words(0xD1, 0, 0x2_1000)
    took = one.board.machine.clock.now() - before
    assert 0.0153 <= took < 0.05 + one.board.machine.lost_time - lost  # two blocks and a sector
    before = one.board.machine.clock.now()
    one.ask(0xD0)
    assert one.board.machine.clock.now() - before > 0.2
    assert one.board.machine._image.read(0, 2 << 20) == b"\xff" * (2 << 20)


def test_the_security_info_tells_the_chip(host: Callable[..., Host]) -> None:
    answer = host("esp32c3", secure="1", encrypted="1").ask(0x14)[1]
    assert struct.unpack("<IB7xII4x", answer) == (1, 1, 5, 0)


@pytest.mark.parametrize("chip", ["esp32c3", "esp32c6", "esp32s3"])
def test_secure_download_mode_writes_and_hides_the_rest(host: Callable[..., Host], chip: str) -> None:
    one = host(chip, secure_download="1")
    one.sync()
    assert struct.unpack_from("<I", one.ask(0x14)[1]) == (4,)
    for hidden in (0x05, 0x06, 0x07, 0x09, 0x0A, 0x0E, 0x13, 0xD0):
        assert one.words(hidden, 0x10000, 64, 0, 0)[1][:2] == b"\x01\x05", hidden
    assert one.words(0x02, SECTOR, 1, SECTOR, 0x10000)[1][:2] == b"\0\0"
    assert one.block(0x03, b"new" * 1000)[:2] == b"\0\0"
    assert one.board.machine._image.read(0x10000, 3) == b"new"


@pytest.mark.parametrize(
    ("stub", "words", "says"), [(False, 1, b">>> "), (False, 0, b"download"), (True, 0, b"download")]
)
def test_the_end_of_a_write_may_leave_the_loader(
    host: Callable[..., Host], stub: bool, words: int, says: bytes
) -> None:
    one = host()
    if stub:
        one.start_stub()
    one.words(0x02, 0, 0, 0x400, 0)
    one.words(0x04, words)
    assert one.board.until(says)


def test_a_program_enters_the_loader(wire: Callable[..., Any]) -> None:
    board = wire()
    board.port.write(b"import machine; machine.bootloader()\r")
    board.until(b"waiting for download\r\n")
    assert board.machine.state == "download mode"
