# machine, esp and esp32. Everything with FAKE in its name or doc only pretends: there is no such hardware here.
import machine as _machine
import time

import vm_link
import vm_uart


class Module:
    def __init__(self, name):
        self.__name__ = name

    def __repr__(self):
        return "<module '%s'>" % self.__name__


class FakePin:
    # FAKE: a pin to which nothing is wired. It keeps what it was set to, and a pull-up pulls it up.
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_UP, PULL_DOWN = 2, 1
    IRQ_RISING, IRQ_FALLING = 1, 2
    fake = True
    _levels = {}

    def __init__(self, number, mode=-1, pull=-1, *, value=None, **_):
        if not isinstance(number, int) or not 0 <= number <= 48:
            raise ValueError("invalid pin")
        self._number = number
        if mode != -1 or value is not None:
            self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, value=None, **_):
        if mode == self.IN:
            self._levels[self._number] = 1 if pull == self.PULL_UP else 0
        if value is not None:
            self.value(value)

    def value(self, value=None):
        if value is None:
            return self._levels.get(self._number, 0)
        self._levels[self._number] = 1 if value else 0

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def __repr__(self):
        return "Pin(%d)" % self._number


class FakeRTC:
    # FAKE: the host's clock, moved by what was set.
    fake = True
    _offset = 0

    def datetime(self, value=None):
        if value is None:
            y, mo, d, h, mi, s, wd, _ = time.gmtime(time.time() + FakeRTC._offset)[:8]
            return (y, mo, d, wd, h, mi, s, 0)
        y, mo, d, _, h, mi, s, _ = value
        FakeRTC._offset = int(time.mktime((y, mo, d, h, mi, s, 0, 0)) - time.time())

    def init(self, value):
        self.datetime(value)


class FakeI2C:
    # FAKE: a bus without devices.
    fake = True

    def __init__(self, *args, **_):
        pass

    def scan(self):
        return []


class FakeWDT:
    # FAKE: never bites.
    fake = True

    def __init__(self, *args, **_):
        pass

    def feed(self):
        pass


def _reset(reason):
    vm_link.send("X", reason)
    while True:
        time.sleep(60)


def make_machine(config):
    machine = Module("machine")
    for name in ("Signal", "idle", "time_pulse_us"):
        setattr(machine, name, getattr(_machine, name))
    state = [config["freq"]]

    def freq(value=None):
        if value is None:
            return state[0]
        state[0] = value

    def soft_reset():
        raise SystemExit

    machine.unique_id = lambda: bytes.fromhex(config["uid"])
    machine.freq = freq
    machine.reset = lambda: _reset(b"software")
    machine.bootloader = lambda timeout=0: _reset(b"bootloader")
    machine.deepsleep = lambda ms=0: _reset(b"deep-sleep")
    machine.soft_reset = soft_reset
    machine.reset_cause = lambda: config["cause"]
    machine.PWRON_RESET, machine.HARD_RESET, machine.WDT_RESET = 1, 2, 3
    machine.DEEPSLEEP_RESET, machine.SOFT_RESET = 4, 5
    machine.Pin, machine.RTC, machine.WDT = FakePin, FakeRTC, FakeWDT
    machine.UART = vm_uart.make(config)
    machine.I2C = machine.SoftI2C = FakeI2C
    machine.disable_irq = lambda: 0
    machine.enable_irq = lambda state=0: None
    return machine


def make_gc():
    # mem_alloc without what the boot code of this virtual board holds.
    import gc as real

    gc = Module("gc")
    hidden = [0]
    for name in dir(real):
        if name[:2] != "__":
            setattr(gc, name, getattr(real, name))

    def hide_allocated(size):
        hidden[0] = size - 2000
        del gc.hide_allocated

    gc.hide_allocated = hide_allocated
    gc.mem_alloc = lambda: max(0, real.mem_alloc() - hidden[0])
    return gc


def make_esp(config):
    esp = Module("esp")
    esp.flash_size = lambda: config["flash"]
    esp.osdebug = lambda *args: None
    return esp


def make_esp32(config):
    esp32 = Module("esp32")
    esp32.fake = True
    esp32.HEAP_DATA, esp32.HEAP_EXEC = 4, 1

    def idf_heap_info(capabilities):
        # FAKE: (total, free, largest free block, lowest free) of regions like an ESP32's.
        regions = [(7288, 0, 0, 0), (15072, 12716, 12672, 12716), (113840, 72504, 65536, 72504)]
        if config["psram"] and capabilities == esp32.HEAP_DATA:
            regions.append((4194264, 4157640, 4128768, 4157640))
        return regions

    esp32.idf_heap_info = idf_heap_info
    return esp32
