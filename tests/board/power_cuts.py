# ruff: noqa: PTH102, PTH123, SIM105, T201, UP031 (it is MicroPython)
"""Runs on MicroPython: a file comes to its place, and the power goes before each block that is written meanwhile.

Arguments: the filesystem (``VfsFat``), the target's path, what is there (``old``, ``same`` or ``none``), and the
snippets to run.
"""

import os
import sys

import vfs

SIZE = 512
FS = getattr(vfs, sys.argv[1])
TARGET = sys.argv[2]
NEW, OTHER = b"new!" * 500, b"other" * 200
OLD = {"old": b"old" * 300, "same": NEW, "none": None}[sys.argv[3]]

board = {"emit": lambda _: None}
for snippet in sys.argv[4:]:
    with open(snippet) as f:
        exec(f.read(), board)


class Cut(BaseException):
    """The power is gone."""


class Disk:
    """Blocks in memory; the power goes before block number ``last`` is written.

    A file that was open then is closed when it is collected: nothing is written, and nothing can be allocated.
    """

    def __init__(self, data, last=-1):
        self.data = bytearray(data)
        self.last = last
        self.gone = False

    def readblocks(self, n, buffer, offset=0):
        if not self.gone:
            start = n * SIZE + offset
            buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, n, buffer, offset=0):
        if self.gone:
            return
        if self.last == 0:
            self.gone = True
            raise Cut
        self.last -= 1
        start = n * SIZE + offset
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, what, _):
        if what == 4:
            return len(self.data) // SIZE
        return SIZE if what == 5 else 0


def on(disk, run):
    """Return whether ``run`` came to its end before the power went."""
    vfs.mount(FS(disk), "/disk")
    try:
        run()
    except Cut:
        return False
    finally:
        vfs.umount("/disk")
    return True


def write(path, data):
    with open("/disk" + path, "wb") as f:
        f.write(data)


def read(path):
    try:
        with open("/disk" + path, "rb") as f:
            return f.read()
    except OSError:
        return None


def names(path):
    for entry in os.ilistdir(path):
        yield entry[0]
        if entry[1] & 0x4000:
            yield from names(path + "/" + entry[0])


def lay():
    """Make what there is when the new file is verified, and more names than a block of a directory holds."""
    os.mkdir("/disk/lib")
    for n in range(9):
        write("/lib/some module %d.py" % n, b"")
    write("/other", OTHER)
    if OLD is not None:
        write(TARGET, OLD)
    write("/.espsh~", NEW)


def settle():
    board["settle"]("/disk/.espsh~", "/disk" + TARGET)


def sweep():
    board["sweep_up"](["/disk"])


def judge():
    """Hold that nothing is lost and nothing left over, also when all that is free has been written."""
    found = read(TARGET)
    assert found in (OLD, NEW), "neither old nor new"
    assert not [name for name in names("/disk") if ".espsh~" in name], "left over"
    try:
        write("/filler", b"filler" * 20000)
    except OSError:
        pass
    assert read(TARGET) == found, "what it holds was free"
    assert read("/other") == OTHER, "another file is hurt"


def cut_again(left, first):
    """Cut the sweep of what is ``left`` before each of its blocks, too, and judge what the next one makes of it."""
    block, over = 0, False
    while not over:
        disk = Disk(left, block)
        over = on(disk, sweep)
        last = Disk(disk.data)
        on(last, sweep)
        try:
            on(last, judge)
        except AssertionError as e:
            print("cut at %d, %s: %s" % (first, "once" if over else "again at %d" % block, e))
        block += 1


blank = Disk(bytes(SIZE * 200))
FS.mkfs(blank)
on(blank, lay)
block, over = 0, False
while not over:
    disk = Disk(blank.data, block)
    over = on(disk, settle)
    cut_again(disk.data, block)
    block += 1
print(block, "cuts")
