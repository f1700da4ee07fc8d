# esp32.Partition on the flash's file, with ESP-IDF's errors. The OTA data is what espsh/sim/otadata.py, as the
# bootloader, finds at the next boot: sources are ESP-IDF's esp_ota_ops.c and MicroPython's esp32_partition.c.
# FAKE in one thing: set_boot checks the image's SHA-256 and chip, as ESP-IDF does, and not its segments.
import binascii
import errno
import hashlib
import struct
import time

from vm_bare_flash import PAGE, fail

APP, DATA = 0, 1
OTA_0, OTA_LAST = 0x10, 0x1F
_NEW, _VALID, _INVALID, _ABORTED = 0, 2, 3, 4


class OtaData:
    # Its two entries, each at the start of a sector: which slot was chosen, and how it fared.
    def __init__(self, flash):
        infos = flash.table()
        self._flash = flash
        self.slots = sorted(info[1] for info in infos if info[0] == APP and OTA_0 <= info[1] <= OTA_LAST)
        found = [info[2] for info in infos if info[:2] == (DATA, 0)]
        self._at = found[0] if found else fail(0x105)

    def _entries(self):
        for sector in (0, 1):
            entry = self._flash.read(self._at + sector * PAGE, 32)
            number, state, crc = struct.unpack("<I20xII", entry)
            right = crc == binascii.crc32(entry[:4], 0xFFFFFFFF) and number not in (0, 0xFFFFFFFF)
            if right and state not in (_INVALID, _ABORTED):
                yield number, sector, state

    def active(self):
        # (number, sector, state) of the entry that chooses; None where none does.
        return max(self._entries(), default=None)

    def chosen(self):
        active = self.active()
        return self.slots[(active[0] - 1) % len(self.slots)] if active and self.slots else None

    def choose(self, subtype):
        active = self.active()
        place, count = self.slots.index(subtype), len(self.slots)
        if active is None:
            self._write(0, place + 1, _NEW)
        elif (active[0] - 1) % count == place:
            self._write(active[1], active[0], _NEW)
        else:
            self._write(1 - active[1], active[0] + 1 + (place - active[0]) % count, _NEW)

    def mark_valid(self):
        number, sector, state = self.active() or fail(-1)
        if state != _VALID:
            self._write(sector, number, _VALID)

    def erase(self):
        for sector in (0, 1):
            self._flash.erase(self._at + sector * PAGE)

    def _write(self, sector, number, state):
        head = struct.pack("<I", number)
        entry = head + b"\xff" * 20 + struct.pack("<II", state, binascii.crc32(head, 0xFFFFFFFF))
        self._flash.erase(self._at + sector * PAGE)
        self._flash.program(self._at + sector * PAGE, entry)


def is_whole(flash, start, size, chip):
    head = flash.read(start, 24)
    if head[0] != 0xE9 or head[12:14] != chip:
        return False
    end = 24
    for _ in range(head[1]):
        if end > size:
            return False
        end += 8 + struct.unpack("<I", flash.read(start + end + 4, 4))[0]
    end = (end | 15) + 1
    if end + 32 > size:
        return False
    whole = hashlib.sha256()
    for at in range(0, end, PAGE):
        whole.update(flash.read(start + at, min(PAGE, end - at)))
    return head[23] != 1 or whole.digest() == flash.read(start + end, 32)


def make_partition(flash, config):
    erase_us, write_us = config["erase_us"], config["write_us"]

    def running():
        found = [info for info in flash.table() if info[0] == APP and info[2] == config["slot"]]
        return found[0] if found else fail(0x105)

    def boot():
        if any(info[:2] == (DATA, 0) for info in flash.table()):
            chosen = OtaData(flash).chosen()
            for info in flash.table():
                if info[0] == APP and info[1] == chosen:
                    return info
        return running()

    class Partition:
        TYPE_APP, TYPE_DATA = APP, DATA
        BOOT, RUNNING = 0, 1

        def __init__(self, which):
            if which in (0, 1):
                self._info = (boot, running)[which]()
                return
            found = [info for info in flash.table() if which in (info[4], info)]
            if not found:
                raise OSError(errno.ENOENT)
            self._info = found[0]

        @staticmethod
        def find(type=0, subtype=0xFF, label=None):
            return [
                Partition(info)
                for info in flash.table()
                if info[0] == type and subtype in (0xFF, info[1]) and label in (None, info[4])
            ]

        def info(self):
            return self._info

        def _at(self, block, offset, size):
            at = block * PAGE + offset
            if not 0 <= at <= at + size <= self._info[3]:
                fail(0x104)
            return self._info[2] + at

        def readblocks(self, block, buf, offset=0):
            buf[:] = flash.read(self._at(block, offset, len(buf)), len(buf))

        def writeblocks(self, block, buf, offset=None):
            at = self._at(block, offset or 0, len(buf))
            if offset is None:
                if len(buf) % PAGE:
                    fail(0x104)
                for start in range(at, at + len(buf), PAGE):
                    flash.erase(start)
                    time.sleep_us(erase_us)
            flash.program(at, memoryview(buf))
            time.sleep_us(len(buf) * write_us // 256)

        def ioctl(self, op, arg):
            if op == 6:
                flash.erase(self._at(arg, 0, PAGE))
                time.sleep_us(erase_us)
            return {1: 0, 2: 0, 3: 0, 4: self._info[3] // PAGE, 5: PAGE, 6: 0}.get(op)

        def set_boot(self):
            kind, subtype, start, size = self._info[:4]
            if not is_whole(flash, start, size, flash.read(config["slot"] + 12, 2)):
                fail(0x1503)
            if kind != APP:
                fail(0x102)
            data = OtaData(flash)
            data.choose(subtype) if subtype else data.erase()

        @classmethod
        def mark_app_valid_cancel_rollback(cls):
            OtaData(flash).mark_valid()

        def get_next_update(self):
            slots = sorted((info[1], info) for info in flash.table() if info[0] == APP and OTA_0 <= info[1] <= OTA_LAST)
            if not slots:
                raise OSError(errno.ENOENT)
            behind = [info for subtype, info in slots if subtype > self._info[1]]
            return Partition(behind[0] if behind else slots[0][1])

    return Partition
