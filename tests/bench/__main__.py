"""`./crossbill bench`: speed side by side with yardsticks, printed as ratios beside their goals (spec quality.md).

Nothing here fails on a slow machine: exact counts are asserted in tests/integration/test_speed_counts.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.bench import browsing, first_sync, invoicing, kept_out, pages, reports, startup
from tests.bench.measure import Asked, Figure, print_table

JOBS: dict[str, Callable[[Asked], Iterator[Figure]]] = {
    "start": startup.run,
    "sync": first_sync.run,
    "throttle": first_sync.throttled,
    "pages": pages.run,
    "kept out": kept_out.run,
    "invoice": invoicing.run,
    "pdf": invoicing.paper,
    "reports": reports.run,
    "browsing": browsing.run,
}


def main() -> None:
    """Run the jobs that were asked for, one after the other."""
    asked = Asked.parse()
    where = "Postgres (without fsync)" if asked.postgres else "SQLite"
    print(f"{asked.rounds} rounds on {where}; CPU of our process alone; ratios are medians of ratios in one round.")
    print_table("job", [Figure("what", "came out", "goal")])
    for name, job in JOBS.items():
        if asked.only in name:
            print_table(name, list(job(asked)))


if __name__ == "__main__":
    main()
