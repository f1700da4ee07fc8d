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


class FakeWLAN:
    # FAKE: an air with three networks. A station that joins one has an address and nobody to talk to.
    IF_STA, IF_AP = 0, 1
    fake = True
    _JOINING_MS = 20
    # As scan() has them: name, address, channel, strength, security, hidden; then the password.
    _AIR = (
        ((b"espsh-lab", b"\x02\x00\x00\x00\x00\x01", 6, -48, 3, False), "rehearsal"),
        ((b"espsh-guest", b"\x02\x00\x00\x00\x00\x02", 11, -71, 0, False), ""),
        ((b"", b"\x02\x00\x00\x00\x00\x03", 1, -83, 4, False), "hidden"),
    )
    _stations = [{"active": False}, {"active": False}]

    def __init__(self, interface=0):
        if interface not in (0, 1):
            raise ValueError("invalid WLAN interface identifier")
        self._it = self._stations[interface]
        self._is_station = interface == 0

    def active(self, on=None):
        if on is not None:
            self._it["active"] = bool(on)
            if not on:
                self.disconnect()
        return self._it["active"]

    def scan(self):
        if not self._stations[0]["active"]:
            raise OSError("STA must be active")
        return [seen for seen, _ in self._AIR]

    def connect(self, ssid=None, key=None, **_):
        if not self._it["active"]:
            raise OSError("Wifi Internal Error")
        name = ssid.encode() if isinstance(ssid, str) else ssid
        found = [(seen, secret) for seen, secret in self._AIR if seen[0] == name]
        reason = 201 if not found else 0 if found[0][1] in ("", key) else 202
        self._it.update(asked=time.ticks_ms(), reason=reason, seen=found[0][0] if found else None)

    def disconnect(self):
        self._it.pop("asked", None)
        self._it["reason"] = 0

    def _judged(self):
        asked = self._it.get("asked")
        return asked is not None and time.ticks_diff(time.ticks_ms(), asked) >= self._JOINING_MS

    def isconnected(self):
        return self._judged() and not self._it["reason"]

    def status(self, what=None):
        if what is not None:
            if what != "rssi" or not self._is_station:
                raise ValueError("unknown status param")
            if not self.isconnected():
                raise OSError("Wifi Not Connected")
            return self._it["seen"][3]
        if self.isconnected():
            return 1010
        if "asked" in self._it and (not self._judged() or self._it.get("reconnects", -1) == -1):
            return 1001  # as on an ESP32 that tries for good
        return self._it.get("reason") or 1000

    def config(self, name=None, **values):
        if name is None:
            self._it.update(values)
            return None
        known = {"mac": FakeWLAN.mac, "reconnects": self._it.get("reconnects", -1)}
        if self._it.get("seen"):
            known["ssid"] = known["essid"] = self._it["seen"][0].decode()
            known["channel"] = self._it["seen"][2]
        if name not in known:
            raise ValueError("unknown config param")
        return known[name]

    def ifconfig(self):
        if not self.isconnected():
            return ("0.0.0.0",) * 4
        return ("192.0.2.17", "255.255.255.0", "192.0.2.1", "192.0.2.1")


def make_network(config):
    network = Module("network")
    network.WLAN = FakeWLAN
    FakeWLAN.mac = bytes.fromhex(config["uid"])
    network.STA_IF, network.AP_IF = 0, 1
    network.STAT_IDLE, network.STAT_CONNECTING, network.STAT_GOT_IP = 1000, 1001, 1010
    network.STAT_BEACON_TIMEOUT, network.STAT_NO_AP_FOUND, network.STAT_WRONG_PASSWORD = 200, 201, 202
    network.STAT_ASSOC_FAIL, network.STAT_HANDSHAKE_TIMEOUT = 203, 204
    return network
