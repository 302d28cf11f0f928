"""``python -m taller``."""

import sys

from taller.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
