"""`python -m clustera` is the command `clustera`."""

from clustera.cli import main

main()
