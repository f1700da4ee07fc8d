# The filesystem: LittleFS2 on a partition of the flash's file (espsh/sim/flash.py), where a byte for each sector
# tells that it was written. (littlefs erases what it writes.)
#
# Nothing in Disk's methods may branch once the disk is mounted: MicroPython raises KeyboardInterrupt at a branch of
# Python code, and one raised inside a block device would leave littlefs half done. A real board has its in C.
# The counter in the guard (vm_guard.py) is odd during an access: for interpreters that raise it anywhere (espsh/sim/guard.py).
import os
import time
import vfs

BLOCK = 4096
_PAGE = b"\xff" * 512
_WRITTEN = b"\1"


class Disk:
    def __init__(self, config, guard):
        self._file = open(config["image"], "r+b")
        self._guard = guard
        self._erase_us = config["erase_us"]
        self._write_us = config["write_us"]
        self._start = config["vfs"]
        self._blocks = config["blocks"]
        self._written = config["written"]
        self._ops = (None, self._nothing, self._nothing, self._nothing, self._count, self._size, self._erase)
        self._pace = 0

    def pace(self, on):
        self._pace = on

    def readblocks(self, block, buf, offset=0):
        self._guard.step()
        self._file.seek(self._start + block * BLOCK + offset)
        self._file.readinto(buf)
        self._guard.step()

    def writeblocks(self, block, buf, offset=0):
        self._guard.step()
        self._file.seek(self._start + block * BLOCK + offset)
        self._file.write(buf)
        time.sleep_us(self._pace * len(buf) * self._write_us // 256)
        self._guard.step()

    def ioctl(self, op, arg):
        return self._ops[op](arg)

    def _nothing(self, arg):
        return 0

    def _count(self, arg):
        return self._blocks

    def _size(self, arg):
        return BLOCK

    def _erase(self, block):
        self._guard.step()
        f = self._file
        f.seek(self._start + block * BLOCK)
        f.write(_PAGE)
        f.write(_PAGE)
        f.write(_PAGE)
        f.write(_PAGE)
        f.write(_PAGE)
        f.write(_PAGE)
        f.write(_PAGE)
        f.write(_PAGE)
        f.seek(self._written + block)
        f.write(_WRITTEN)
        time.sleep_us(self._pace * self._erase_us)
        self._guard.step()
        return 0


def open_flash(config, guard):
    if not config["blocks"]:
        return None  # the partition table has no file system
    disk = Disk(config, guard)
    try:
        fs = vfs.VfsLfs2(disk)
    except OSError:
        vfs.VfsLfs2.mkfs(disk)
        fs = vfs.VfsLfs2(disk)
        _set_up(fs, config)
    if config["disk"] == "full":
        _fill(fs)
    disk.pace(1)
    return fs, disk


def mount(opened, config):
    vfs.umount("/")
    if opened is None:
        return
    fs, disk = opened
    if config["disk"] == "ro":
        vfs.mount(disk, "/", readonly=True)
    else:
        vfs.mount(fs, "/")


def _set_up(fs, config):
    if config["dir"]:
        _copy_tree(fs, config["dir"], "")
        return
    try:
        fs.stat("/boot.py")
    except OSError:
        with fs.open("/boot.py", "w") as f:
            f.write(BOOT_PY)


def _copy_tree(fs, source, target):
    for entry in os.ilistdir(source):
        name = entry[0]
        here, there = source + "/" + name, target + "/" + name
        if entry[1] == 0x4000:
            fs.mkdir(there)
            _copy_tree(fs, here, there)
        else:
            with open(here, "rb") as f:
                with fs.open(there, "wb") as g:
                    while True:
                        block = f.read(512)
                        if not block:
                            break
                        g.write(block)


def _fill(fs):
    # Closed after each page: a file whose write failed keeps nothing of what was not synchronised.
    page = bytes(1024)
    try:
        while True:
            pages = 64 if fs.statvfs("/")[3] > 24 else 1
            with fs.open("/filler.bin", "ab") as f:
                for _ in range(pages):
                    f.write(page)
    except OSError:
        pass


BOOT_PY = """# This file is executed on every boot (including wake-boot from deepsleep)
#import esp
#esp.osdebug(None)
#import webrepl
#webrepl.start()
"""
