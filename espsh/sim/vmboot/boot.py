# The first script of a virtual board's VM: becomes the chip, runs boot.py and main.py, leaves a clean __main__.
import sys

sys.path.insert(0, "")
import vm_setup

vm_setup.run(globals())
