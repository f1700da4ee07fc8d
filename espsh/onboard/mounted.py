# A file of the host's, opened on the board: it is read in blocks and written in pieces, each of which is a question.
# Stands on asking.py.
import io
from binascii import b2a_base64

unsent = []


class HostFile(io.IOBase):
    # new is what was written and the host has not got: it ends at at. block is what came last, from start on.
    def __init__(self, mount, path, mode):
        b = ask(mount, "open", path, mode)
        self.who = mount, int.from_bytes(b[:4], "little")
        self.size = int.from_bytes(b[4:8], "little")
        self.block = b[8:]
        self.start = self.at = 0
        self.mode = mode
        self.new = b""

    def fill(self):
        self.flush()
        i = self.at - self.start
        if not 0 <= i < len(self.block):
            self.block = b""
            self.start = self.at
            i = 0
            if self.at < self.size:
                self.block = ask(self.who[0], "read", self.who[1], self.at)
        return i

    def take(self, n):
        r = []
        while n:
            i = self.fill()
            b = self.block[i : i + n if n > 0 else None]
            if not b:
                break
            self.at += len(b)
            n -= len(b)
            r.append(b)
        return b"".join(r)

    def shape(self, b):
        return b if "b" in self.mode else str(b, "utf8")

    def read(self, n=-1):
        b = self.take(n)
        if n > 0 and "b" not in self.mode:
            # n characters: those whose first byte is missing, then what the last one lacks.
            while b:
                t = self.take(n - sum(c & 192 != 128 for c in b))
                if not t:
                    break
                b += t
            while True:
                t = self.take(1)
                if not t or t[0] & 192 != 128:
                    break
                b += t
            self.at -= len(t)
        return self.shape(b)

    def readinto(self, b):
        t = self.take(len(b))
        b[: len(t)] = t
        return len(t)

    def readline(self, n=-1):
        r = b""
        while n and r[-1:] != b"\n":
            i = self.fill()
            e = (self.block.find(b"\n", i) + 1 or len(self.block)) - i
            t = self.take(e if n < 0 else min(e, n))
            if not t:
                break
            r += t
            n -= len(t)
        return self.shape(r)

    def readlines(self):
        return list(self)

    def __iter__(self):
        return self

    def __next__(self):
        t = self.readline()
        if not t:
            raise StopIteration
        return t

    def write(self, b):
        if "r" in self.mode and "+" not in self.mode:
            raise OSError(9)
        t = bytes(b, "utf8") if isinstance(b, str) else bytes(b)
        if "a" in self.mode and self.at != self.size:
            self.flush()
            self.at = self.size
        if not self.new:
            unsent.append(self)
        self.new += t
        self.at += len(t)
        self.size = max(self.size, self.at)
        self.block = b""
        if len(self.new) > 384:
            self.flush()
        return len(b)

    def flush(self):
        while self.new:
            ask(self.who[0], "write", self.who[1], self.at - len(self.new), b2a_base64(self.new[:384])[:-1])
            self.new = self.new[384:]
            if not self.new:
                unsent.remove(self)

    def seek(self, to, whence=0):
        self.flush()
        to += (0, self.at, self.size)[whence]
        if to < 0:
            raise OSError(22)
        self.at = to
        return to

    def tell(self):
        return self.at

    def close(self):
        self.flush()
        self.who = self.who[0], 0
        self.block = b""
        self.size = self.at + 1

    def ioctl(self, what, value):
        if what == 1:
            self.flush()
        elif what == 4:
            self.close()
        elif what == 11:
            return 255
        elif what != 3:
            return -22
        return value if what == 3 else 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
