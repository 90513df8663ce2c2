"""``python -m mvfs``: the command line."""

import sys

from mvfs.cli import main

sys.exit(main())
