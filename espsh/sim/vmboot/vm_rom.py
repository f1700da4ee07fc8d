# vfs.VfsRom and vfs.rom_ioctl as the esp32 port has them: the partition is a block device, and its bytes can be used
# where they lie (ports/esp32/esp32_partition.c). They are mapped from the flash's file and cannot be written there.
import sys
import time
import uctypes
import vfs as _vfs

BLOCK = 4096
PAGE = 256
_EINVAL = -22


def make_partition(config):
    start, size = config["rom"]
    mapped = memoryview(uctypes.bytearray_at(config["rom_at"], size))
    flash = open(config["image"], "r+b")
    erased = b"\xff" * PAGE

    def checked(at, count):
        if not 0 <= at <= at + count <= size:
            raise OSError(-0x104, "ESP_ERR_INVALID_SIZE")
        flash.seek(start + at)
        return at

    def erase(at):
        checked(at, BLOCK)
        for _ in range(BLOCK // PAGE):
            flash.write(erased)
        time.sleep_us(config["erase_us"])

    class Partition(memoryview):
        def info(self):
            return (1, 0x8F, start, size, "romfs", False)

        def readblocks(self, block, buf, offset=0):
            at = checked(block * BLOCK + offset, len(buf))
            buf[:] = mapped[at : at + len(buf)]

        def writeblocks(self, block, buf, offset=None):
            at = block * BLOCK + (offset or 0)
            if offset is None:
                for sector in range(at, at + len(buf), BLOCK):
                    erase(sector)
            checked(at, len(buf))
            for here in range(0, len(buf), PAGE):
                piece = bytes(buf[here : here + PAGE])
                there = int.from_bytes(mapped[at + here : at + here + len(piece)], "little")
                bits = there & int.from_bytes(piece, "little")  # programming clears bits, and sets none
                flash.write(bits.to_bytes(len(piece), "little"))
                time.sleep_us(config["write_us"])

        def ioctl(self, op, arg):
            if op == 6:
                erase(arg * BLOCK)
                return 0
            return {1: 0, 2: 0, 3: 0, 4: size // BLOCK, 5: BLOCK}.get(op)

    return Partition(mapped)


def install(vfs, config):
    partition = make_partition(config)

    def rom_ioctl(op, *arguments):
        return {1: 1, 2: partition}.get(op, _EINVAL)

    vfs.VfsRom = _vfs.VfsRom
    vfs.rom_ioctl = rom_ioctl


def mount(vfs):
    # As mp_init does it, before the other filesystems: what is no image is left alone.
    try:
        _vfs.mount(vfs.VfsRom(vfs.rom_ioctl(2, 0)), "/rom")
    except (OSError, AttributeError):
        return
    sys.path[2:2] = ["/rom", "/rom/lib"]
