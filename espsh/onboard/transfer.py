# Files in checked blocks: base64 where the board has it, else bytes literals.
try:
    from binascii import a2b_base64, b2a_base64
except ImportError:
    pass

try:
    handle
except NameError:
    handle = None


def start(path, mode):
    global handle
    finish()
    handle = open(path, mode)


def put(data):
    if handle.write(data) != len(data):
        raise OSError(28)


def put64(text):
    put(a2b_base64(text))


def finish():
    global handle
    if handle:
        handle.close()
    handle = None


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


def settle(temporary, path):
    # Put a verified file in its place.
    try:
        os.rename(temporary, path)
    except OSError as e:
        if e.args[0] != 17:
            raise
        os.remove(path)
        os.rename(temporary, path)


def drop(path):
    finish()
    try:
        os.remove(path)
    except OSError:
        pass
