# A part of a file in binary blocks, each with its place, length and checksum; its size goes before, and behind the last
# one its digest, where more than the end was asked for. Stands on records.py and hashing.py.
def send(path, offset, stop, size):
    o = sys.stdout.buffer.write
    b = memoryview(bytearray(size + 6))
    with open(path, "rb") as f:
        e = f.seek(0, 2)
        emit(e)
        f.seek(offset)
        more = stop > e
        stop = min(stop, e)
        while offset < stop:
            n = f.readinto(b[6 : 6 + min(size, stop - offset)])
            if not n:
                break
            b[:4] = offset.to_bytes(4, "little")
            b[4:6] = n.to_bytes(2, "little")
            o(b"\x1eB" + k(b[: n + 6]).to_bytes(4, "little"))
            o(b[: n + 6])
            offset += n
            d["b"] = []
    return offset, more and offset >= e and sha256(path)[:8]
