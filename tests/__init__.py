"""The tests. Their processes keep compiled modules, also where PYTHONDONTWRITEBYTECODE is set: else each of the hundreds
that they start compiles everything again, which takes longer than most commands do."""

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
