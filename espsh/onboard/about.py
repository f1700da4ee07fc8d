# Who the board is and what it can do, asked once for each connection.
def has(name):
    try:
        p = name.split(".")
        return getattr(__import__(p[0]), p[1])
    except (ImportError, AttributeError):
        pass


def about(names):
    gc.collect()
    own = sys.implementation
    unique = has("machine.unique_id")
    uname = has("os.uname")
    gmtime = has("time.gmtime")
    return (
        [has(n) is not None for n in names.split()],
        unique and unique(),
        uname and uname()[4] or getattr(own, "_machine", ""),
        own[1],
        getattr(own, "_mpy", 0),
        gmtime and gmtime(0)[0],
        gc.mem_free(),
    )
