# The console's UART at another rate while files are copied; espsh/board/copying/rate.py is the other end. Copies say by a new
# d["b"] that they move. Stands on records.py.
import select
import time

import _thread
from machine import UART


def set_rate(rate):
    try:
        UART(0, rate)
    except OSError:
        pass  # 1.23 and 1.24 say INVALID_STATE, and take the rate all the same


def meet(rate):
    # Whether the host is heard at this rate within half a second: 16 line ends. It gets an answer.
    emit(0)
    time.sleep_ms(20)
    set_rate(rate)
    p = select.poll()
    p.register(sys.stdin, 1)
    t = time.ticks_ms()
    n = 0
    while n < 16:
        m = 500 - time.ticks_diff(time.ticks_ms(), t)
        if m < 0 or not p.poll(m):
            return False
        n = n + 1 if sys.stdin.buffer.read(1) == b"\n" else 0
    sys.stdout.buffer.write(b"\x06\x16\x06\x16")
    return True


def watch(rate):
    # A second in which nothing moves: the host is gone, and the next one comes at the usual rate.
    n = 0
    s = d.get("b")
    while "r" in d:
        n = n + 1 if d.get("b") is s else 0
        s = d.get("b")
        if n > 10:
            set_rate(rate)
            d.pop("r", 0)
        time.sleep_ms(100)


def faster(rate, usual):
    d["r"] = usual
    ok = False
    try:
        _thread.start_new_thread(watch, (usual,))
        ok = meet(rate)
        d["b"] = []
    finally:
        if not ok:
            set_rate(usual)
            d.pop("r", 0)
    return ok


def slower(usual):
    try:
        return meet(usual)
    finally:
        set_rate(usual)
        d.pop("r", 0)
