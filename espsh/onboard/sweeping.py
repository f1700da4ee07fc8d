# What a copy that was cut short has left in these directories: a file that was verified comes to its place, unless the
# old one is still there; the rest goes. Nothing is judged by a filesystem that cannot be read. Stands on placing.py.
import os


def status(name):
    try:
        return os.stat(name)[:7]
    except OSError as e:
        if e.args[0] == 5:
            raise


def pieces(f):
    s = 1
    while s:
        s = f.read(512)
        yield s
        if f.tell() % 32768 == 0:
            emit(0)


def alike(a, b):
    if status(a) == status(b):
        with open(a, "rb") as f, open(b, "rb") as g:
            return all(s == g.read(512) for s in pieces(f))


def copied(a, b):
    with open(a, "rb") as f, open(b, "wb") as g:
        for s in pieces(f):
            g.write(s)
    if not alike(a, b):
        raise OSError(5)


def complete(part, whole, fresh, note):
    with open(note, "rb") as f:
        path = f.read()
    again = path[-2:] == b"\n\n"
    if path[-1:] != b"\n" or not status(fresh if again else whole):
        return
    path = path.rstrip(b"\n").decode()
    if not again:
        if status(path) and not alike(whole, path):
            return
        if status(path) or alike(whole, part):
            # Both may be names of one file: to remove one would free what the other one holds. A second line end says
            # that the copy is whole and all others may go, however often the power is cut meanwhile.
            copied(whole, fresh)
            with open(note, "ab") as f:
                f.write(b"\n")
            again = True
    try:
        if again:
            sweep((part, whole, path))
            copied(fresh, path)
        else:
            os.rename(whole, path)
    except OSError as e:
        if e.args[0] not in (2, 22):
            raise


def sweep_up(tops):
    for top in tops:
        ours = [top + "/.espsh~" + end for end in ("", "ok", "new", "to")]
        if status(ours[3]):
            complete(*ours)
        sweep(ours)
