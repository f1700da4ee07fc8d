# What a directory holds: one record a file.
import os


def listing(path, deep):
    for e in os.ilistdir(path):
        p = path + "/" + e[0]
        d = e[1] & 16384
        emit((p, d, 0 if d else e[3] if len(e) > 3 else os.stat(p)[6]))
        if d and deep:
            listing(p, 1)
