# Who the board is and what its root holds, in one script that needs nothing else of ours. It names what a usual board
# has: where one of these is missing, its exception says so and about.py asks more patiently. What the root holds is cut
# short where it is long; the host then asks again when it wants to know.
import gc
import hashlib
import machine
import os
import select
import sys
import time
from binascii import *

os.rename, os.stat, os.statvfs, hashlib.sha256, a2b_base64, sys.stdin.buffer, select.poll
gc.collect()
i = sys.implementation
s = "0 0 =%r%c%.600r" % (
    (machine.unique_id(), i._machine, i[1], i._mpy, time.gmtime(0)[0], gc.mem_free()),
    9,
    list(os.ilistdir("/")),
)
b = s.encode()
print("%c%d %d %s" % (30, len(b), crc32(b), s))
