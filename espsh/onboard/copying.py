# A file copied on the board itself. Stands on hashing.py and placing.py.
import os


def duplicate(source, path):
    top = path[: path.find("/", 1) + 1].rstrip("/")
    temporary = ("" if os.statvfs(top or "/") == os.statvfs("/") else top) + "/.espsh~"
    b = memoryview(bytearray(512))
    try:
        with open(source, "rb") as f, open(temporary, "wb") as g:
            n = 512
            while n:
                n = f.readinto(b)
                if g.write(b[:n]) != n:
                    raise OSError(28)
                if f.tell() % 32768 == 0:
                    emit(0)
        if sha256(source) != sha256(temporary):
            raise OSError(5)
        settle(temporary, path)
    except BaseException:
        sweep((temporary,))
        raise
