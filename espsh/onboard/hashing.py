# The SHA-256 of a file, with a sign of life every 32 kB.
def sha256(path):
    import hashlib

    h = hashlib.sha256()
    b = bytearray(512)
    n = 0
    with open(path, "rb") as f:
        while True:
            k = f.readinto(b)
            if not k:
                return h.digest()
            h.update(b if k == 512 else b[:k])
            n += 1
            if n % 64 == 0:
                emit(0)
                d["b"] = []
