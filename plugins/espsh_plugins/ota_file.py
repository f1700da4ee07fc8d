"""A slot as a file of the board: so an app comes by the stream that all files come by.

It is read back for its digest, and goes on where a cable was pulled and put back, as other files do.
"""

from __future__ import annotations

import re


def path_of(slot: str) -> str:
    """Return where the board has a slot as a file, between ``ota_enter`` and ``ota_leave``."""
    return f"/ota~/{re.sub(r'[^0-9A-Za-z_-]', '_', slot)}"


# A filesystem of one file, which it is itself, whatever its name. A sector is erased when its first byte comes. Nothing
# is kept in memory, and bytes are counted behind their write: those of a write that was interrupted come again, which
# changes nothing in flash. The first byte of all, by which an image is known, comes when all the others are there: what
# was cut short is no app, neither for the bootloader nor for "ota status".
ONBOARD = """
class OtaSlot:
    def __init__(self, part, whole):
        self.part = part
        self.size = part.info()[3]
        self.whole = whole
        self.at = self.pos = 0
        self.first = b""
    def mount(self, *_):
        pass
    umount = rename = mount
    def statvfs(self, path):
        n = self.size // 4096
        return 4096, 4096, n, n, n, 0, 0, 0, 0, 255
    def stat(self, path):
        if path != "/":
            raise OSError(2)
        return (16384,) + (0,) * 9
    def ilistdir(self, path):
        return iter(())
    def remove(self, path):
        self.at = 0
    def open(self, path, mode):
        if "w" in mode:
            self.at = 0
        self.pos = 0
        return self
    def write(self, data):
        t = memoryview(data)
        if self.at + len(t) > self.size:
            raise OSError(28)
        while t:
            i = self.at % 4096
            if not i:
                self.part.ioctl(6, self.at // 4096)
            n = min(4096 - i, len(t))
            if self.at:
                self.part.writeblocks(self.at // 4096, t[:n], i)
            else:
                self.first = bytes(t[:1])
                n = 1
            self.at += n
            t = t[n:]
        return len(data)
    def close(self):
        if self.at == self.whole:
            self.part.writeblocks(0, self.first, 0)
    def __enter__(self):
        return self
    def __exit__(self, *_):
        self.close()
    def seek(self, to, whence=0):
        self.pos = to + self.at * (whence == 2)
        return self.pos
    def readinto(self, data):
        n = min(len(data), self.at - self.pos)
        if n:
            self.part.readblocks(self.pos // 4096, memoryview(data)[:n], self.pos % 4096)
        self.pos += n
        return n
    def read(self, size):
        b = bytearray(size)
        return bytes(b[: self.readinto(b)])
def ota_leave():
    try:
        import vfs
    except ImportError:
        import os as vfs
    try:
        vfs.umount("/ota~")
    except OSError:
        pass
    return vfs
def ota_enter(label, whole):
    from esp32 import Partition
    part = Partition.find(Partition.TYPE_APP, 255, label)[0]
    if part.info() == Partition(Partition.RUNNING).info():
        raise ValueError(label + " runs")
    ota_leave().mount(OtaSlot(part, whole), "/ota~")
"""
