"""Which common devices may answer at an I2C address, as data.

Each row was held in November 2026 against Adafruit's list (repository adafruit/I2C_Addresses), but for what it does not
have: PCF8574 and PCF8574A (as all their drivers have it) and AT24C (Microchip's datasheet, "Device Addressing"). Of the
PN532 it gives the byte on the wire, which is the address and a bit (Adafruit_PN532.h: 0x48 >> 1).
An address alone does not tell a device: several have the same, and some can be moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

# The device, what it is, its addresses.
_TABLE = """
VEML7700       light                 10
Si4713         radio transmitter     11 63
PMSA003I       dust                  12
VCNL4010       proximity             13
MCP9808        temperature           18-1f
LIS3DH         acceleration          18 19
LSM303         acceleration          19 1e
LIS3MDL        magnetic field        1c 1e
HMC5883        magnetic field        1e
ADXL345        acceleration          1d 53
MCP23017       16 pins more          20-27
PCF8574        8 pins more, LCDs     20-27
BH1750         light                 23 5c
PN532          NFC                   24
BNO055         orientation           28 29
TSL2591        light                 28 29
TCS34725       colour                29
VL53L0X        distance              29
MLX90640       heat camera           33
AHT20          humidity              38
FT6206         touch screen          38
PCF8574A       8 pins more, LCDs     38-3f
TSL2561        light                 29 39 49
AS7341         colour                39
APDS9960       gestures, colour      39
SSD1306        OLED display          3c 3d
SH1106         OLED display          3c 3d
Si7021         humidity              40
HTU21D         humidity              40
HDC1008        humidity              40-43
PCA9685        16 PWM outputs        40-77
INA219         current               40-4f
STMPE610       touch screen          41 44
SHT31          humidity              44 45
SHT40          humidity              44
ADS1115        4 analog inputs       48-4b
TMP102         temperature           48-4b
TMP117         temperature           48-4b
PCF8591        analog inputs         48-4f
BNO085         orientation           4a 4b
EMC2101        fan                   4c
AT24C          EEPROM                50-57
MB85RC         FRAM                  50-57
ADXL343        acceleration          1d 53
LTR390         UV                    53
MAX3010x       pulse                 57
SGP30          gas                   58
AW9523         16 pins more          58-5b
SGP40          gas                   59
MPR121         touch                 5a-5d
CCS811         gas                   5a 5b
MLX90614       heat                  5a
DRV2605        haptics               5a
AM2320         humidity              5c
LPS22          pressure              5c 5d
TLV493D        magnetic field        5e
HTS221         humidity              5f
ATECC608       keys                  60
MCP4725        analog output         60-67
MCP9600        thermocouple          60-67
MPL3115A2      pressure              60
Si5351A        clock generator       60 61
SCD30          CO2                   61
DS3231         real-time clock       68
DS1307         real-time clock       68
PCF8523        real-time clock       68
MPU6050        acceleration, turns   68 69
ICM20649       acceleration, turns   68 69
AMG8833        heat camera           68 69
LSM6DSOX       acceleration, turns   6a 6b
L3GD20H        turns                 6a 6b
HT16K33        LED matrix            70-77
TCA9548        8 buses more          70-77
SHTC3          humidity              70
IS31FL3731     LED matrix            74-77
BME280         pressure, humidity    76 77
BMP280         pressure              76 77
BME680         pressure, gas         76 77
DPS310         pressure              76 77
MS5611         pressure              76 77
BMP180         pressure              77
"""
_NAME, _KIND = 15, 22
"""Columns of the table's first two parts."""


@cache
def _devices() -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for line in _TABLE.strip().splitlines():
        name, kind = line[:_NAME].strip(), line[_NAME : _NAME + _KIND].strip()
        for span in line[_NAME + _KIND :].split():
            first, _, last = span.partition("-")
            for address in range(int(first, 16), int(last or first, 16) + 1):
                found[address] = (*found.get(address, ()), f"{name} ({kind})")
    return found


def devices_at(address: int) -> Sequence[str]:
    """Return the common devices with this address; those that can have fewest addresses come first."""
    found = _devices()
    count = {name: sum(name in names for names in found.values()) for name in found.get(address, ())}
    return sorted(count, key=lambda name: count[name])
