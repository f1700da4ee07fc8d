"""A ROM partition as a filesystem of one file on the board, so that an image comes as files do.

So it comes in checked frames, is read back for its digest, and goes on where a cable was pulled. Its first page,
without which a board mounts nothing, waits in memory and is written when the file is renamed: when the rest of it has
been read back right. Under its own name the file is what the flash holds.
"""

PATH = "/romfs~/image"
# A partition is a block device (esp32, rp2), or memory and rom_ioctl (all others). What erases all of it at once, as
# firmware before 1.29 does there, was told to before: that takes long. Pages of 256 bytes are what rp2 programs at
# least; others take less (the answer to rom_ioctl(3)).
ON_BOARD = """
class RomFs:
    def __init__(self, part, size, erased):
        import vfs
        self.part = part
        self.size = size
        self.ask = vfs.rom_ioctl
        self.rom = self.ask(2, part)
        self.dev = hasattr(self.rom, "ioctl")
        self.unit = self.rom.ioctl(5, 0) if self.dev else self.ask(6, part)
        self.erased = size if erased else 0
        self.head = bytearray(256)
        self.page = bytearray(256)
        self.at = self.pos = 0
        self.raw = True
    def mount(self, *_):
        pass
    umount = close = __exit__ = mount
    def statvfs(self, path):
        n = self.size // 256 + 1
        return 256, 256, n, n, n, 0, 0, 0, 0, 255
    def stat(self, path):
        if path not in ("/", "/image"):
            raise OSError(2)
        return (16384 if path == "/" else 32768,) + (0,) * 5 + (self.size, 0, 0, 0)
    def ilistdir(self, path):
        return iter(())
    def remove(self, path):
        self.at = self.erased = 0
    def open(self, path, mode):
        self.raw = path == "/image"
        if "w" in mode and self.at:
            self.at = self.erased = 0
        self.pos = 0
        return self
    def __enter__(self):
        return self
    def check(self, r):
        if r and r < 0:
            raise OSError(-r)
    def clear(self, end):
        while self.erased < end:
            if self.dev:
                self.rom.ioctl(6, self.erased // self.unit)
            elif self.unit > 0:
                self.check(self.ask(3, self.part, self.erased, self.unit))
            else:
                self.check(self.ask(3, self.part, self.size))
            self.erased += self.unit if self.unit > 0 else self.size
    def put(self, at, page):
        if self.dev:
            self.rom.writeblocks(at // self.unit, page, at % self.unit)
        else:
            self.check(self.ask(4, self.part, at, page))
    def write(self, data):
        t = memoryview(data)
        while len(t):
            i = self.at % 256
            n = min(256 - i, len(t))
            if self.at + n > self.size:
                raise OSError(28)
            self.clear(self.at + n)
            page = self.page if self.at > 255 else self.head
            page[i : i + n] = t[:n]
            self.at += n
            t = t[n:]
            if self.at > 256 and self.at % 256 == 0:
                self.put(self.at - 256, page)
        return len(data)
    def rename(self, old, new):
        i = self.at % 256
        page = self.page if self.at > 255 else self.head
        for n in range(i, 256 if i else 0):
            page[n] = 255
        if i and self.at > 256:
            self.put(self.at - i, page)
        self.put(0, self.head)
        if not self.dev:
            self.check(self.ask(5, self.part))
    def end(self):
        return self.size if self.raw else self.at
    def seek(self, to, whence=0):
        self.pos = to + self.end() * (whence == 2)
        return self.pos
    def tell(self):
        return self.pos
    def readinto(self, data):
        t = memoryview(data)
        end = self.end()
        while len(t) and self.pos < end:
            i = self.pos % 256
            n = min(256 - i, len(t), end - self.pos)
            if not self.raw and (self.pos < 256 or self.pos >= self.at - self.at % 256):
                t[:n] = memoryview(self.page if self.pos > 255 else self.head)[i : i + n]
            elif self.dev:
                self.rom.readblocks(self.pos // self.unit, t[:n], self.pos % self.unit)
            else:
                t[:n] = self.rom[self.pos : self.pos + n]
            self.pos += n
            t = t[n:]
        return len(data) - len(t)
    def read(self, size):
        b = bytearray(size)
        return bytes(b[:self.readinto(b)])
def rom_leave():
    import vfs
    try:
        vfs.umount("/romfs~")
    except OSError:
        pass
    return vfs
def rom_enter(part, size, erased=False):
    rom_leave().mount(RomFs(part, size, erased), "/romfs~")
"""
