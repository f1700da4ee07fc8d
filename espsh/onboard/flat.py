# Files where there are no directories: listdir() without argument, size(), no stat, no rename, no seek.
# What is garbage goes at once: the heap is small and must not fall to pieces.
import os

try:
    handle
except NameError:
    handle = None


def listing(path, deep):
    for name in os.listdir():
        emit((name, 0, os.size(name)))


def stat(name):
    if name not in os.listdir():
        raise OSError(2)
    return 0, os.size(name), None


def remove(name):
    os.remove(name)


def start(name, mode):
    global handle
    finish()
    handle = open(name, mode)


def put(data):
    gc.collect()
    if handle.write(data) != len(data):
        raise OSError(28)


def take(size):
    gc.collect()
    return handle.read(size)


def finish():
    global handle
    if handle:
        handle.close()
    handle = None


def drop(name):
    finish()
    if name in os.listdir():
        os.remove(name)
