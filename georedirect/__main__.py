"""`python -m georedirect`, the same as the command `georedirect`."""

from __future__ import annotations

import sys

from georedirect.cli import main

sys.exit(main())
