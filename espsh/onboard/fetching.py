# A file read in checked blocks: one record a block, from any place in it.
try:
    from binascii import b2a_base64
except ImportError:
    pass


def fetch(path, offset, size, count, base64):
    with open(path, "rb") as f:
        if offset:
            f.seek(offset)
        while count:
            data = f.read(size)
            if not data:
                return
            emit(str(b2a_base64(data), "utf8").strip() if base64 else data)
            count -= 1
