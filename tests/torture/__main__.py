"""`python -m tests.torture [name…]`: the long sizes of all proofs, or of those named; the exit status tells.

SEED (one run alone, without variants), SEEDS (how many seeds), SIZE; VARIANTS=0 leaves the planted bugs out.
"""

from __future__ import annotations

import os
import sys

from tests.torture.proof import all_proofs, run_proof


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(names: list[str]) -> int:
    """Runs the proofs; 1 when one fails or a planted bug escapes."""
    known = all_proofs()
    unknown = [name for name in names if name not in known]
    if unknown:
        say(f"There is no proof {', '.join(unknown)}; there are {', '.join(known)}.")
        return 2
    with_variants = "SEED" not in os.environ and os.environ.get("VARIANTS", "1") != "0"
    rows = [row for name in names or known for row in run_proof(known[name], True, with_variants, say)]
    failed = [row for row in rows if not row.held]
    say(f"proofs: {len(rows) - len(failed)} runs held, {len(failed)} did not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
