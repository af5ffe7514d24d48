"""The command line: load, run one workflow, write."""

from graduation.cli.app import main

__all__ = ["main"]
