# One file or directory at a time.
import os


def stat(path):
    s = os.stat(path)
    return s[0] & 16384, s[6], s[8]


def makedirs(*paths):
    for path in paths:
        p = ""
        for part in path.strip("/").split("/"):
            p += "/" + part
            try:
                os.mkdir(p)
            except OSError:
                if not os.stat(p)[0] & 16384:
                    raise OSError(20)


def remove(*paths):
    for path in paths:
        (os.rmdir if os.stat(path)[0] & 16384 else os.remove)(path)
        emit(0)


def rmtree(path):
    if os.stat(path)[0] & 16384:
        for name in os.listdir(path):
            rmtree(path + "/" + name)
        emit(0)
    remove(path)


def space(path):
    s = os.statvfs(path)
    return s[1] * s[2], s[0] * s[3]
