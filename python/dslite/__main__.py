"""``python -m dslite``."""

from dslite.cli import main

main(prog_name="dslite")
