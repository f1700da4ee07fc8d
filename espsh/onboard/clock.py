# The real-time clock.
def clock():
    try:
        from machine import RTC

        return RTC().datetime()
    except (ImportError, AttributeError):
        pass
    try:
        import time

        t = time.localtime()
        return t[:3] + (t[6],) + t[3:6] + (0,)
    except (ImportError, AttributeError):
        pass


def set_clock(*t):
    try:
        from machine import RTC
    except ImportError:
        return 1
    RTC().datetime(t)


def heap():
    gc.collect()
    return gc.mem_free(), gc.mem_alloc()
