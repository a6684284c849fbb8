"""``python -m medgo`` is ``medgo``."""

import sys

from medgo.cli import main

sys.exit(main())
