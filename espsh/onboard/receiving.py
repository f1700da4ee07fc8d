# Files from one stream of checked frames; espsh/board/stream.py says what they are. Stands on calls.py and placing.py.
# Memory: 0.8 kB of buffers, and 1.4 kB and the window (1 or 4 kB) for what inflates.
import hashlib
import io
import os
import select

try:
    from deflate import RAW, DeflateIO
except ImportError:
    RAW = DeflateIO = None


def digest_of(path, block):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while True:
            n = f.readinto(block)
            if not n:
                return h.digest()[:8]
            h.update(block[:n])


def shut(f):
    try:
        f.close()
    except Exception:
        pass


def store(f, data):
    if f.write(data) != len(data):
        raise OSError(28)


def space_of(path):
    s = os.statvfs(path)
    return s[1] * s[2], s[0] * s[3]


def volume(path, known):
    # Where a file for path is written first, and the free bytes there: the root, unless another filesystem is mounted.
    top = path[: path.find("/", 1) + 1].rstrip("/")
    if top not in known:
        s = space_of(top)
        known[top] = known[""] if s == known[""][1] else (top, s)
    return known[top][0], known[top][1][1]


def receive(patience):
    gc.collect()
    bits = 0 if DeflateIO is None else 12 if gc.mem_free() > 60000 else 10
    fill = sys.stdin.buffer.readinto
    tell = sys.stdout.buffer.write
    poll = select.poll()
    poll.register(sys.stdin, 1)
    frame = memoryview(bytearray(240))
    block = memoryview(bytearray(512))
    packed = io.BytesIO()
    end = expected = pieces = done = left = 0
    f = None
    name = ""
    volumes = {"": ("", space_of("/"))}
    if bits:
        inflate = DeflateIO(packed, RAW, bits).readinto

    def until_go(sign):
        # Whatever is under way is not heard: up to the host's sign to go on.
        tell(bytes((sign,)))
        while frame[0] != 17:
            if not poll.poll(patience):
                raise OSError(110)
            fill(frame[:1])

    emit(bits)
    tell(b"\xc0")
    try:
        while True:
            if not poll.poll(patience):
                raise OSError(110)
            fill(frame[:1])
            if frame[0] in (10, 21):
                continue
            size = frame[0] - 24
            if size >= 0:
                a = 0
                while a < size:
                    b = min(a + 64, size)
                    while a < b:
                        a += fill(frame[a:b])
                    pieces += 1
                    tell(bytes((128 | pieces & 63,)))
                t = bytes(frame[:size])
                if b"\x10" in t:
                    for a in b"\1\2\3\4\n\r\x11\x10":
                        t = t.replace(bytes((16, a | 64)), bytes((a,)))
                if len(t) > 2 and k(t[:-2]) & 65535 == t[-2] | t[-1] << 8 and t[0] & 31 == expected:
                    expected = (expected + 1) % 31
                    kind = t[0] >> 5
                    t = t[1:-2]
                    if kind == 0:
                        store(f, t)
                        left -= len(t)
                    elif kind == 1:
                        # What the decoder has not needed yet stands before what is new.
                        rest = packed.read(end - packed.tell())
                        packed.seek(0)
                        packed.write(rest)
                        packed.write(t[2:])
                        end = packed.tell()
                        packed.seek(0)
                        size = t[0] | t[1] << 8
                        while size:
                            b = inflate(block[: min(size, 512)])
                            store(f, block[:b])
                            size -= b
                            left -= b
                    elif kind == 2:
                        target = str(t[5:], "utf8")
                        name, free = volume(target, volumes)
                        name += "/.espsh~"
                        left = int.from_bytes(t[1:5], "little") - free
                        if left > 0:
                            raise OSError(28)
                        left += free
                        f = open(name, "ab" if t[0] else "wb")
                        if t[0]:
                            # What an interruption has left of this file: the host goes on behind it.
                            a = f.seek(0, 2)
                            left -= a
                            emit(a)
                    elif kind == 3:
                        f.close()
                        f = None
                        good = digest_of(name, block) == t
                        if good:
                            settle(name, target)
                        else:
                            os.remove(name)
                        emit(good)
                        done += good
                    else:
                        if f:
                            shut(f)
                            sweep((name,))
                        return done
                    continue
                frame[0] = 0
            if frame[0] != 17:
                until_go(224 | expected)
            pieces = 0
            tell(bytes((192 | expected,)))
    except Exception as e:
        if e.args[:1] != (110,):
            shut(f)
            sweep((name,))
            emit(left)
            try:
                frame[0] = 0
                until_go(255)
            except OSError:
                pass
        raise
    finally:
        shut(f)
