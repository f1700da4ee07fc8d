"""Real and literally quoted logs for each row of the table of signatures, with the thread they are from."""

# ruff: noqa: E501 - a line of a log is as long as it was

from __future__ import annotations

from typing import NamedTuple


class Sample(NamedTuple):
    """A log, the rule it has to find, the words its title has to hold, and where it was read."""

    rule: str
    words: str
    source: str
    log: str


SAMPLES = (
    Sample("spi-download", "SPI download mode", "espressif/esptool#774 (code of the ROM)",
           "ESP-ROM:esp32c3-api1-20210207\nrst:0x1 (POWERON),boot:0x1 (SPI_DOWNLOAD_BOOT)\nwait spi download\n"),
    Sample("download-mode", "download mode", "lnlp/LMIC-node#50",
           "rst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))\nwaiting for download\n"),
    Sample("download-mode", "download mode", "esp8266/Arduino#2829", " ets Jan  8 2013,rst cause:2, boot mode:(1,6)\n"),
    Sample("wrong-chip", "is for ESP32-C3, this chip is ESP32-S3", "lockekk/dshare-hid#2",
           "ESP-ROM:esp32s3-20210327\nBuild:Mar 27 2021\nrst:0x7 (TG0WDT_SYS_RST),boot:0x29 (SPI_FAST_FLASH_BOOT)\n"
           "Saved PC:0x40043ac8\nInvalid chip id. Expected 9 read 5. Bootloader for wrong chip?\nets_main.c 329 \n"),
    Sample("wrong-chip", "is for ESP32, this chip is ESP32-S2", "jblanked/FlipperHTTP#13",
           "Invalid chip id. Expected 2 read 0. Bootloader for wrong chip?\nets_main.c 386\n"),
    Sample("wrong-chip", "no chip that is known (id 33604)", "steff393/wbec#68",
           "rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\nwrong chip id 0x8344\nwrong chip id 0x8344\n"),
    Sample("wrong-chip", "firmware in flash is for ESP32-C3, this chip is ESP32", "ESP-IDF bootloader_common.c",
           "E (24451) boot_comm: mismatch chip ID, expected 0, found 5\n"),
    Sample("blank-flash", "flash is blank", "Ai-Thinker-Open/ESP32-A1S-AudioKit#49",
           "rst:0x10 (RTCWDT_RTC_RESET),boot:0x1f (SPI_FAST_FLASH_BOOT)\ninvalid header: 0xffffffff\n"
           "invalid header: 0xffffffff\nets Jul 29 2019 12:21:46\n"),
    Sample("zero-flash", "reads as zeros", "espressif/esp-idf#13208",
           "rst:0x7 (TG0WDT_SYS_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\ninvalid header: 0x00000000\n"),
    Sample("no-bootloader", "0x81004136", "cpainchaud/RFLink32#132",
           "rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\ninvalid header: 0x81004136 \n"),
    Sample("no-bootloader", "no bootloader at 0x1000", "lemariva/micropython-camera-driver#73",
           "rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\nflash read err, 1000\nets_main.c 371 \n"),
    Sample("app-as-bootloader", "without its bootloader", "esphome/issues#632",
           "rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\nconfigsip: 0, SPIWP:0xee\n"
           "mode:DIO, clock div:2\nload:0x3f400020,len:188412\nets Jun  8 2016 00:22:57\n"),
    Sample("damaged-bootloader", "damaged", "micropython/micropython-esp32#49",
           "rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\nconfigsip: 0, SPIWP:0x00\n"
           "mode:QIO, clock div:2\nload:0x3fff0008,len:8\nload:0xffffffff,len:-1\nets Jun  8 2016 00:22:57\n"),
    Sample("damaged-bootloader", "damaged", "esphome/esphome-flasher#33",
           "mode:DOUT, clock div:2\nload:0x4342140c,len:-184009\n1162 mmu set 00010000, pos 00010000\n"),
    Sample("flash-misread", "checksum", "Xinyuan-LilyGO/LilyGO-T-SIM7000G#141",
           "load:0x40078000,len:9720\nho 0 tail 12 room 4\nload:0x40080400,len:6352\ncsum err:0x78!=0xfc\nets_main.c 371\n"),
    Sample("flash-misread", "checksum", "micropython/micropython#17198, with another checksum",
           "load 0x3ffe8000, len 1060, room 8 \ntail 12\nchksum 0x7a\ncsum 0x7b\n"),
    Sample("chip-too-old", "revision v3.1, this one is v1.1", "maelremrem/cyd-3dprinter-HA-integration#7",
           "E (27) boot_comm: chip revision check failed. Required >= v3.1, found v1.1.\n"),
    Sample("chip-too-old", "revision v0.1, this one is v0.0", "wokwi/wokwi-features#843",
           "E (6) boot_comm: Image requires chip rev >= v0.1, but chip is v0.0\n"),
    Sample("chip-too-old", "revision 3, this one is 1", "mcu-tools/mcuboot#1439",
           "[esp32] [ERR] [boot_comm] This chip is revision 1 but the application is configured for minimum revision 3."
           " Can't run.\n"),
    Sample("chip-too-new", "up to v0.99", "ESP-IDF bootloader_common_loader.c",
           "E (45) boot_comm: Image requires chip rev <= v0.99, but chip is v1.1\n"),
    Sample("efuse-revision", ">= v20.50", "ESP-IDF v5.5 bootloader, quoted in several READMEs",
           "E (95) boot_comm: Image requires efuse blk rev >= v20.50, but chip is v1.3\n"
           "E (101) boot: Factory app partition is not bootable\n"),
    Sample("damaged-app", "damaged", "kevinmcaleer/Snakie#840",
           "E (579) esp_image: Image hash failed - image is corrupt\n"),
    Sample("damaged-app", "damaged", "espressif/esp-idf#9547",
           "E (420) esp_image: Checksum failed. Calculated 0x5c read 0xff\n"),
    Sample("app-too-long", "1068192 bytes", "joltwallet/jolt_wallet#35",
           "E (482) esp_image: Image length 1068192 doesn't fit in partition length 1048576\n"
           "E (487) boot: Factory app partition is not bootable\n"),
    Sample("partition-beyond-flash", "partition 2 at 0x10000", "esp-rs/esp-idf#98",
           "E (60) flash_parts: partition 2 invalid - offset 0x10000 size 0x400000 exceeds flash chip size 0x400000\n"),
    Sample("no-partition-table", "no partition table", "windowsair/wireless-esp8266-dap#70",
           "\x1b[0;31mE (68) flash_parts: partition 0 invalid magic number 0x3333\x1b[0m\n"),
    Sample("no-partition-table", "no partition table", "ESP-IDF bootloader_utility.c",
           "E (68) boot: Failed to verify partition table\nE (73) boot: load partition table error!\n"),
    Sample("no-app", "firmware is not", "patience4711/ESP32-read-APS-inverters#11",
           "E (152) esp_image: image at 0x100000 has invalid magic byte (nothing flashed here?)\n"
           "E (160) boot: OTA app partition slot 0 is not bootable\n"),
    Sample("no-app", "firmware is not", "loboris/ESP32_TFT_library#11",
           "E (142) esp_image: invalid segment length 0x6662696c\nE (143) boot: Factory app partition is not bootable\n"
           "E (143) boot: No bootable app partitions in the partition table\nuser code done\n"),
    Sample("no-app", "firmware is not", "loboris/ESP32_TFT_library#11",
           "E (143) boot: Factory app partition is not bootable\n"),
    Sample("no-app", "firmware is not", "loboris/ESP32_TFT_library#11",
           "E (143) boot: No bootable app partitions in the partition table\n"),
    Sample("flash-silent", "does not answer", "mazgch/hpg#18",
           "rst:0xc (SW_CPU_RESET),boot:0x33 (SPI_FAST_FLASH_BOOT)\nload:0x40080400,len:3028\nentry 0x400805e4\n"
           "E (452) spi_flash: Detected size(128k) smaller than the size in the binary image header(4096k). Probe failed.\n"
           "\nassert failed: do_core_init startup.c:328 (flash_ret == ESP_OK)\n\n\n"
           "Backtrace: 0x40083b7d:0x3ffe3ab0 0x4008df95:0x3ffe3ad0 0x40079306:0x3ffe3c90 |<-CORRUPTED\n"),
    Sample("flash-too-small", "for 8 MB of flash, this board has 4 MB", "dalathegreat/Battery-Emulator#2426",
           "E (573) spi_flash: Detected size(4096k) smaller than the size in the binary image header(8192k). Probe failed.\n"
           "\nassert failed: __esp_system_init_fn_init_flash startup_funcs.c:118 (flash_ret == ESP_OK)\n"),
    Sample("no-psram", "wants PSRAM", "revk/xESP32-Faikout#465",
           "ESP-ROM:esp32s3-20210327\nBuild:Mar 27 2021\nrst:0xc (RTC_SW_CPU_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)\n"
           "entry 0x403c986c\nE (408) quad_psram: PSRAM ID read error: 0x00ffffff, PSRAM chip not found or not supported,"
           " or wrong PSRAM line mode\nE (408) cpu_start: Failed to init external RAM!\n"),
    Sample("no-psram", "wants PSRAM", "01studio-lab/pyController#2",
           "E (305) psram: PSRAM ID read error: 0x00ffffff\n"
           "E (305) spiram: SPI RAM enabled but initialization failed. Bailing out.\n"
           "E (342) spiram: SPI RAM not initialized\n\nabort() was called at PC 0x420069b0 on core 0\n"),
    Sample("psram-unused", "goes on without it", "espressif/esp-who#337",
           "E cpu_start: Failed to init external RAM; continuing without it.\n"),
    Sample("psram-error", "no PSRAM answers", "espressif/esp-who#337",
           "E (162) octal_psram: PSRAM chip is not connected, or wrong PSRAM line mode\n"
           "E (162) esp_psram: PSRAM enabled but initialization failed. Bailing out.\n"),
    Sample("psram-error", "no PSRAM answers", "espressif/esp-idf#9080",
           "E (1168) spiram: SPI SRAM error@3c030000:eaeaeaea/aaaaaaaa\n"),
    Sample("psram-error", "no PSRAM answers", "01studio-lab/pyController#2",
           "E (305) spiram: SPI RAM enabled but initialization failed. Bailing out.\n"),
    Sample("psram-error", "no PSRAM answers", "jomjol/AI-on-the-edge-device#1539",
           "E (893) psram: PSRAM ID read error: 0xffffffff\n"),
    Sample("revision-unknown", "newer than the firmware expected", "micropython/micropython#5128",
           "W (303) cpu_start: Chip revision is higher than the one configured in menuconfig. Suggest to upgrade it.\n"),
    Sample("rf-cal", "radio data", "HomeACcessoryKid/ESP8266-HomeKit#20",
           "csum 0x9a\nOS SDK ver: 1.5.0-dev(488a5a6) compiled @ Feb 27 2017 11:49:07\nrf_cal[0] !=0x05,is 0xFF\n\n"
           " ets Jan  8 2013,rst cause:2, boot mode:(3,6)\n"),
    Sample("fatal-exception", "no code (IllegalInstructionCause)", "micropython/micropython#1957",
           ">>> Fatal exception 0(IllegalInstructionCause):\nepc1=0x402151c0, epc2=0x00000000, epc3=0x00000000,"
           " excvaddr=0x00000000, depc=0x00000000\n\n ets Jan  8 2013,rst cause:2, boot mode:(3,2)\n"),
    Sample("fatal-exception", "crashed: 28", "platformio/platformio-core#546",
           "Fatal exception (28): \nepc1=0x40243016, epc2=0x00000000, epc3=0x00000000, excvaddr=0x000000eb\n"),
    Sample("esp8266-watchdog", "watchdog restarted it", "Links2004/arduinoWebSockets#347",
           " ets Jan  8 2013,rst cause:4, boot mode:(3,6)\n\nwdt reset\nload 0x4010f000, len 1384, room 16 \n"),
    Sample("esp8266-watchdog", "watchdog restarted it", "esprfid/esp-rfid#134", "Soft WDT reset\n\nctx: cont \n"),
    Sample("brownout", "supply", "whitecatboard/Lua-RTOS-ESP32#129",
           "Brownout detector was triggered\n\nets Jun 8 2016 00:22:57\n\n"
           "rst:0xc (SW_CPU_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\n"),
    Sample("brownout", "supply", "esp-rs/esp-hal#3102 (BROWNOUT_RST)",
           "ESP-ROM:esp32s3-20210327\nrst:0xf (BROWNOUT_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)\n"),
    Sample("vfs-corrupt", "file system is damaged", "russhughes/st7789s3_mpy#7",
           "The filesystem appears to be corrupted. If you had important data there, you\nmay want to make a flash"
           " snapshot to try to recover it. Otherwise, perform\n"),
    Sample("vfs-corrupt", "file system is damaged", "MicroPython ports/esp8266/modules/inisetup.py",
           "The filesystem starting at sector 154 with size 864 sectors looks corrupt.\n"),
    Sample("flash-unreadable", "cannot read its flash", "micropython/micropython#4388",
           'Traceback (most recent call last):\n  File "_boot.py", line 10, in <module>\n  File "inisetup.py", line 28,'
           ' in setup\n  File "inisetup.py", line 6, in check_bootsec\n  File "flashbdev.py", line 13, in readblocks\n'
           "OSError: [Errno 5] EIO\nOSError: [Errno 1] EPERM\n"),
    Sample("no-filesystem", "no file system is mounted", "micropython/micropython#15779",
           "Traceback (most recent call last):\nOSError: [Errno 19] ENODEV\n"),
    Sample("no-heap", "no memory for its heap", "MicroPython ports/esp32/main.c", "mp_task_heap allocation failed!\n"),
    Sample("nlr-jump", "nothing caught", "micropython/micropython#1986",
           "OSError: 5\nioctl(1, 0)\nioctl(5, 0)\nreadblocks(0, 3ffef050(4096))\nNLR jump failed\n"),
    Sample("stack-overflow", "mp_task", "FreeRTOS of ESP-IDF, freertos_hooks",
           "***ERROR*** A stack overflow in task mp_task has been detected.\n"),
    Sample("stack-overflow", "mp_task", "ESP-IDF, Fatal errors",
           "Guru Meditation Error: Core  0 panic'ed (Unhandled debug exception)\n"
           "Debug exception reason: Stack canary watchpoint triggered (mp_task)\n"),
    Sample("interrupt-watchdog", "core 1", "ESP-IDF, Fatal errors",
           "Guru Meditation Error: Core  1 panic'ed (Interrupt wdt timeout on CPU1). \n"),
    Sample("cache-disabled", "flash was being written", "ESP-IDF, Fatal errors",
           "Guru Meditation Error: Core  0 panic'ed (Cache disabled but cached memory region accessed). \n"),
    Sample("panic", "an address where nothing is (LoadProhibited)", "loboris/MicroPython_ESP32_psRAM_LoBo#77",
           "Guru Meditation Error: Core  1 panic'ed (LoadProhibited)\n. Exception was unhandled.\nCore 1 register dump:\n"
           "PC      : 0x401185ec  PS      : 0x00060330  A0      : 0x80121355  A1      : 0x3ffb7ee0\n\n"
           "Backtrace: 0x401185ec:0x3ffb7ee0 0x40121352:0x3ffb7f00 0x401214e6:0x3ffb7f30\n"),
    Sample("panic", "a stack overflowed (Stack protection fault)", "micropython/micropython#15667",
           "Guru Meditation Error: Core  0 panic'ed (Stack protection fault). \n\n"
           'Detected in task "mp_task" at 0x4200b1ea\n'),
    Sample("assert", "xQueueSemaphoreTake", "ESP-IDF, Fatal errors (assert)",
           "assert failed: xQueueSemaphoreTake queue.c:1545 (( pxQueue ))\n"),
    Sample("abort", "0x420069b0", "01studio-lab/pyController#2", "abort() was called at PC 0x420069b0 on core 0\n"),
    Sample("crash-dump", "MicroPython crashed", "micropython/micropython#15667",
           "A fatal error occurred. The crash dump printed below may be used to help\n"
           "determine what caused it. If you are not already running the most recent\n"),
    Sample("backtrace-corrupt", "stack was damaged", "mazgch/hpg#18",
           "Backtrace: 0x40083b7d:0x3ffe3ab0 0x4008df95:0x3ffe3ad0 0x40079306:0x3ffe3c90 |<-CORRUPTED\n"),
    Sample("task-watchdog", "without a pause", "ESP-IDF, Watchdogs",
           "E (19994) task_wdt: Task watchdog got triggered. The following tasks did not reset the watchdog in time:\n"),
    Sample("watchdog", "TG1WDT_SYS_RESET", "lnlp/LMIC-node#50",
           "rst:0x8 (TG1WDT_SYS_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\nload:0x3fff0030,len:1184\nentry 0x400805e4\n"),
    Sample("glitch", "glitch", "ESP-IDF rom/rtc.h (esp32s3)",
           "ESP-ROM:esp32s3-20210327\nrst:0x17 (POWER_GLITCH_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)\nentry 0x403c986c\n"),
    Sample("gpio12-high", "GPIO12 was high", "espressif/arduino-esp32#4870",
           "ets Jun  8 2016 00:22:57\n\nrst:0xc (SW_CPU_RESET),boot:0x33 (SPI_FAST_FLASH_BOOT)\nentry 0x400806b8\n"),
)  # fmt: skip
