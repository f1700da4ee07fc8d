# What every other snippet stands on: answers in records. (In two files with calls.py: a board with 16 kB of memory
# compiles no longer text.)
#
# Runs in the private dict that the loader made: c (checksum), x (checked exec), d (that dict), g (the user's
# globals), l (the last call), sys. Short names, since this travels with every connection: l is (nonce, answer,
# number of its last record), n the next record's number. Must run on MicroPython 1.9.2: no str.encode, no
# f-strings, no type.__name__. k is the checksum of records: CRC-32 where the board has one.
import gc


try:
    from binascii import crc32 as k
except ImportError:
    k = c


def w(t):
    global n
    t = "%s %d %s" % (l[0], n, t)
    n += 1
    b = bytes(t, "utf8")
    print("\x1e%d %d %s" % (len(b), k(b), t))


def emit(v):
    w("+" + repr(v))
