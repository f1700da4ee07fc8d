# What a directory holds: one record a file. a: the path, "" for the root.
import os


def listing(a, deep):
    for e in os.ilistdir(a or "/"):
        p = a + "/" + e[0]
        d = e[1] & 16384
        emit((p, d, 0 if d else (e + (0,))[3] or os.stat(p)[6]))
        if d and deep:
            listing(p, 1)
