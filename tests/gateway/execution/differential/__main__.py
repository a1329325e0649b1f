"""`python -m tests.gateway.execution.differential [torture|contract] [OPERATIONS] [SEED]`.

Compares the plan with graphql-core and prints the table of what was met, or the differences.
"""

import sys
import warnings

from tests.gateway.execution.differential.coverage import missed, table
from tests.gateway.execution.differential.kits import KITS
from tests.gateway.execution.differential.running import Running


def main(name: str = "torture", operations: str = "1000", seed: str = "1") -> int:
    """Exit status 1 where the two differ."""
    # graphql-core leaves coroutines unawaited where a null climbs over them.
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    sys.unraisablehook = lambda _: None
    kit = KITS[name]()
    running = Running(kit, int(seed))
    report = running.run(int(operations))
    faults = name == "torture"
    rare = missed(kit.schema, report.seen, faults=faults, least=kit.least)
    lines = [table(kit.schema, report.seen, faults=faults)]
    lines += [f"\nDifference:\n{one}" for one in report.differences]
    lines += [
        f"\n{report.operations} operations, {report.invalid} invalid documents",
        f"answered by: {dict(report.engines)}, {dict(report.reasons)}",
        f"agreed by: {dict(report.rules)}",
        f"met too seldom: {rare or 'nothing'}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
