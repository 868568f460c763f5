"""`python -m tests.torture [name…]`: the long sizes of all proofs and suites, or of those named; the exit status tells.

SEED (one run alone, without variants), SEEDS (how many seeds), SIZE; VARIANTS=0 leaves the planted bugs out; RESUME=1 passes
over what these very sources have held already.
"""

from __future__ import annotations

import os
import sys

from tests.torture.long import SUITES, jobs_of, run_jobs, suite_job
from tests.torture.proof import all_proofs


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(names: list[str]) -> int:
    """Runs them; 1 when one fails or a planted bug escapes."""
    known = all_proofs()
    unknown = [name for name in names if name not in known and name not in SUITES]
    if unknown:
        say(f"There is no proof {', '.join(unknown)}; there are {', '.join((*known, *SUITES))}.")
        return 2
    with_variants = "SEED" not in os.environ and os.environ.get("VARIANTS", "1") != "0"
    chosen = names or (*known, *SUITES)
    jobs = jobs_of([known[name] for name in chosen if name in known], with_variants, say)
    jobs += [suite_job(name, say) for name in chosen if name in SUITES]
    rows = run_jobs(jobs, os.environ.get("RESUME", "") == "1", say)
    failed = [row for row in rows if not row.held]
    say(f"proofs: {len(rows) - len(failed)} runs held, {len(failed)} did not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
