# What an import takes. Part of the free memory is filled with marks and freed again, the lowest holes first, where the
# next objects go: a block that has lost its mark was in use meanwhile. Most firmware counts no peak itself.
import gc
import sys

WORD = 8 if sys.maxsize >> 32 else 4
MARK = (0x15555555,)


def weigh(path, name, room):
    # (most bytes in use at once, bytes that stay, bytes that were marked); the first is None where no memory can be
    # looked at, the second where memory did not do.
    pieces, small = marked(room)
    before = gc.mem_alloc()
    known = dict(sys.modules)
    sys.modules.pop(name, 0)
    sys.path.insert(0, path)
    stays = None
    try:
        __import__(name)
        gc.collect()
        stays = gc.mem_alloc() - before
    except MemoryError:
        pass
    finally:
        sys.path.remove(path)
        for module in list(sys.modules):
            if module not in known:
                del sys.modules[module]
        sys.modules.update(known)
    gc.collect()
    return used(pieces, small), stays, 4 * WORD * (small + 8 * (len(pieces) - small))


def marked(room):
    # Tuples, which have no header of their own to leave a hole: of one block each for the small holes, then of eight.
    gc.collect()
    room = min(room, gc.mem_free() // 2) // (4 * WORD)
    small = room // 4
    pieces = [None] * (small + (room - small) // 8)
    for i in range(len(pieces)):
        pieces[i] = MARK * (2 if i < small else 30)
    for i in range(len(pieces)):
        pieces[i] = id(pieces[i])
    gc.collect()
    return pieces, small


def used(pieces, small):
    # One view of all memory between: nothing is allocated while marks are looked at.
    try:
        from uctypes import bytearray_at
    except ImportError:
        return
    low = min(min(pieces), id(MARK))
    seen = bytearray_at(low, max(max(pieces), id(MARK)) - low + 32 * WORD)
    mark = seen[id(MARK) - low + 2 * WORD]
    lost = 0
    for i in range(len(pieces)):
        for block in range(1 if i < small else 8):
            if seen[pieces[i] - low + 4 * WORD * block + 3 * WORD] != mark:
                lost += 1
    return lost * 4 * WORD
