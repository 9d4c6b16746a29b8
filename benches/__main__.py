"""``python -m benches``: the table of ratios on this machine."""

import argparse
import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import dslite

from . import races, report


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benches", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="how long to race each work (10)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every median there")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--update", type=Path, metavar="RESULTS", help="refresh the tables in this file")
    parser.add_argument("--kernels", type=Path, metavar="DSLITE_BENCH", help="run this program, too")
    return parser.parse_args()


def replace_section(path: Path, name: str, content: str) -> None:
    """Puts `content` between the markers of that name; the rest of the file is other people's."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = path.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"{path}: expected the markers {begin} and {end}")
    path.write_text(f"{before}{begin}\n{content}\n{end}{after}")


def main() -> int:
    options = arguments()
    isas, isa = list(dslite.supported_isas()), dslite.active_isa()
    machine = report.machine(isa)
    kernels = ""
    if options.kernels:
        kernels = subprocess.run([options.kernels], check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = races.run(isas, options.seconds, lambda message: print(message, file=sys.stderr))
    print((report.markdown if options.markdown else report.text)(rows, isas, isa))
    if kernels:
        print(f"\n{kernels}")
    if options.json:
        found = {"machine": machine, "rows": [dataclasses.asdict(row) for row in rows]}
        options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    if options.update:
        where = "\n".join(f"- {name}: {value}" for name, value in machine.items())
        replace_section(options.update, "speed", f"{where}\n\n{report.markdown(rows, isas, isa)}")
        if kernels:
            replace_section(options.update, "kernels", f"```\n{kernels}```")
    return 0 if all(row.theirs_us and row.ratio(isa) >= row.at_least for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
