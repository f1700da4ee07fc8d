# What a directory holds, where the board has no os.ilistdir.
import os


def listing(a, deep):
    for e in os.listdir(a or "/"):
        p = a + "/" + e
        s = os.stat(p)
        d = s[0] & 16384
        emit((p, d, 0 if d else s[6]))
        if d and deep:
            listing(p, 1)
