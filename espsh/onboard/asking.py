# Questions to the host, one at a time, each asked again until its answer is whole. Stands on records.py; the other end
# is espsh/board/mount/questions.py.
#
# A question is a line for the host that stands among what is printed; an answer comes over stdin, between the bytes 30
# and 31, and holds none of the prompt's keys. A host that answers no more is OSError 5.
import io
import select

try:
    from deflate import RAW, DeflateIO
except ImportError:
    RAW = 0
try:
    from _thread import allocate_lock, get_ident

    turn = allocate_lock()
except ImportError:
    turn = None

# This may come twice, while a mount is in use already.
asked = d.get("asked", 0)
asking = None
patience = 24
one = bytearray(1)
frame = d.get("frame") or memoryview(bytearray(16))
keys = select.poll()
keys.register(sys.stdin, 1)


def hear(number):
    # The answer to a question, into the frame: its length, 0 when it is damaged, None when nothing comes.
    read = sys.stdin.buffer.readinto
    wait = 1000 if patience > 1 else 300
    i = -1
    m = 0
    while True:
        for _ in keys.ipoll(wait):
            break
        else:
            return 0 if wait == 200 else None
        read(one)
        c = one[0]
        wait = 200
        if c == 30:
            i = m = 0
        elif i < 0:
            pass
        elif c == 31:
            i -= 4
            if i < 3 or k(frame[:i]) != int.from_bytes(frame[i : i + 4], "little"):
                return 0
            if frame[0] | frame[1] << 8 == number:
                return i
            i = -1
        elif c == 28:
            m = 64
        elif i < len(frame):
            frame[i] = c ^ m
            i += 1
            m = 0


def question(*words):
    # Ask until there is an answer, for six silent seconds at most. A host that was silent gets a third of one.
    global asked, patience
    asked = number = asked + 1 & 65535
    t = "%d %r" % (number, words)
    t = "\x1e\x1e?%d %s\n" % (k(bytes(t, "utf8")), t)
    left = patience
    try:
        while left > 0:
            sys.stdout.write(t)
            n = hear(number)
            if n:
                patience = 24
                return frame[2], bytes(frame[3:n])
            left -= 4 if n is None else 1
    except KeyboardInterrupt:
        if hear(number) is None:  # the answer, or the rest of it, is not for the prompt
            patience = 1
        raise
    patience = 1
    raise OSError(5)


def ask(*words):
    global asking
    nested = turn is None or asking == get_ident()
    if not nested:
        turn.acquire()
        asking = get_ident()
    try:
        kind, data = question(*words)
    finally:
        if not nested:
            asking = None
            turn.release()
    if kind == 2:
        raise OSError(data[0])
    return DeflateIO(io.BytesIO(data), RAW, 10).read() if kind else data


def make_room(size):
    # For answers of this size. Returns whether they may be deflated.
    global frame
    if len(frame) < size:
        frame = memoryview(bytearray(size))
    return bool(RAW)
