"""`python -m graduation` is the command line."""

from graduation.cli import main

main()
