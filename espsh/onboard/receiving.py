# Files from one stream of checked frames; espsh/board/copying/stream.py says what frames are, upload.py what they carry.
# Stands on calls.py and placing.py. Memory: 0.8 kB of buffers, 2 kB for frames that wait or are decoded, and 1.4 kB
# and the window (1, 4 or 8 kB) for what inflates.
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
            d["b"] = []


def shut(f):
    try:
        f.close()
    except Exception:
        pass


def volume(path, known):
    # Where a file for path is written first, and the free bytes there: the root, unless another filesystem is mounted.
    for top in "", path[: path.find("/", 1) + 1].rstrip("/"):
        if top not in known:
            s = os.statvfs(top + "/")
            s = s[1] * s[2], s[0] * s[3]
            known[top] = known[""] if top and s == known[""][1] else (top, s)
    return known[top][0], known[top][1][1]


def receive(patience, piece):
    gc.collect()
    bits = gc.mem_free()
    bits = 0 if DeflateIO is None else 13 if bits > 90000 else 12 if bits > 60000 else 10
    fill = sys.stdin.buffer.readinto
    tell = sys.stdout.buffer.write
    poll = select.poll()
    poll.register(sys.stdin, 1)
    frame = memoryview(bytearray(240))
    block = memoryview(bytearray(512))
    packed = io.BytesIO()
    queue = []
    end = expected = pieces = done = left = ready = 0
    read = f = None
    name = ""
    volumes = {}
    if bits:
        inflate = DeflateIO(packed, RAW, bits).readinto

    def wait():
        if not poll.poll(patience):
            raise OSError(110)
        fill(frame[:1])

    def until_go(sign):
        # Whatever is under way is not heard: up to the host's sign to go on.
        tell(bytes((sign,)))
        while frame[0] != 17:
            wait()

    def hear():
        nonlocal expected, pieces
        d["b"] = []
        wait()
        size = frame[0] - 24
        if frame[0] in (10, 21):
            return
        if size >= 0:
            a = 0
            while a < size:
                b = min(a + piece, size)
                while a < b:
                    a += fill(frame[a:b])
                pieces += 1
                tell(bytes((128 | pieces & 63,)))
            a = int.from_bytes(frame[:size], "little") ^ int.from_bytes(bytes(frame[:2]) * 120, "little")
            t = a.to_bytes(240, "little")[2:size]
            if len(t) > 3 and k(t[:-2]) & 65535 == t[-2] | t[-1] << 8:
                a = t[0] | t[1] << 8
                if a % 31 == expected:
                    expected = (expected + 1) % 31
                    queue.append((a // 31, t[2:-2]))
                    return
            frame[0] = 0
        if frame[0] != 17:
            until_go(224 | expected)
        pieces = 0
        tell(bytes((192 | expected,)))

    def ahead():
        # Before flash is written, which takes longer than the UART can keep what comes.
        while len(queue) < 4 and poll.poll(0):
            hear()

    def take(size):
        nonlocal end, read, ready
        a = 0
        while a < size:
            while not ready:
                while not queue:
                    hear()
                ready, t = queue.pop(0)
                if ready:
                    # What the decoder has not needed yet stands before what is new.
                    b = packed.read(end - packed.tell())
                    packed.seek(0)
                    end = packed.write(b) + packed.write(t)
                    packed.seek(0)
                    read = inflate
                    ready -= 1
                else:
                    read = io.BytesIO(t).readinto
                    ready = len(t)
            b = read(block[a : min(size, a + ready)])
            a += b
            ready -= b
        ahead()
        return block[:size]

    def number(size):
        return int.from_bytes(take(size), "little")

    emit(bits)
    tell(b"\xc0")
    try:
        while True:
            a = number(2)
            if not a:
                return done
            target = str(take(a), "utf8")
            a = number(4)
            goes_on = number(1)
            name, free = volume(target, volumes)
            name += "/.espsh~"
            left = a - free
            if left > 0:
                raise OSError(28)
            left = a
            f = open(name, "ab" if goes_on else "wb")
            if goes_on:
                # What an interruption has left of this file: the host goes on behind it.
                a = f.seek(0, 2)
                left -= a
                emit(a)
            while True:
                size = number(2)
                if not size:
                    break
                while size:
                    a = min(size, 512)
                    if f.write(take(a)) != a:
                        raise OSError(28)
                    size -= a
                    left -= a
            f.close()
            t = bytes(take(8))
            a = digest_of(name, block) == t
            ahead()
            if a:
                settle(name, target)
            else:
                os.remove(name)
            emit(a)
            done += a
    except Exception as e:
        if e.args[:1] != (110,):
            shut(f)
            sweep((name,))
            emit(left)
            frame[0] = 0
            until_go(255)
        raise
    finally:
        shut(f)
