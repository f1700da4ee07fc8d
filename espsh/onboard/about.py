# Who the board is and what it can do, asked once for each connection. q: names like "os.stat", with blanks between.
def has(a):
    try:
        a, *b = a.split(".")
        a = __import__(a)
        for b in b:
            a = getattr(a, b)
        return a
    except Exception:
        pass


def about(q):
    # No comprehension: each is one more level of a micro:bit's small stack.
    gc.collect()
    found = []
    for name in q.split():
        found += [has(name) is not None]
    own = sys.implementation
    unique = has("machine.unique_id")
    uname = has("os.uname")
    gmtime = has("time.gmtime")
    return (
        found,
        unique and unique(),
        uname and uname()[4] or getattr(own, "_machine", ""),
        own[1],
        getattr(own, "_mpy", 0),
        gmtime and gmtime(0)[0],
        gc.mem_free(),
    )
