# A file written in checked blocks: base64 where the board has it, else bytes literals.
import os

try:
    from binascii import a2b_base64
except ImportError:
    pass

try:
    handle
except NameError:
    handle = None


def start(path, mode):
    global handle
    finish()
    handle = open(path, mode)


def put(data):
    if handle.write(data) != len(data):
        raise OSError(28)
    d["b"] = []


def put64(text):
    put(a2b_base64(text))


def finish():
    global handle
    if handle:
        handle.close()
    handle = None


def drop(path):
    finish()
    try:
        os.remove(path)
    except OSError:
        pass
