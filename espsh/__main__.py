"""``python -m espsh``."""

import sys

from espsh.cli import main

sys.exit(main())
