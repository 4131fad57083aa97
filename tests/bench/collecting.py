"""`auditctl collect` of a larger account on moto's server, through a proxy that is a round trip away.

The sequential client is the same collection with one call at a time: the same calls, the same files.
"""

from pathlib import Path

from bench.table import Figure
from collect import figures
from collect.proxy import proxy
from collect.server import moto


def measure(scratch: Path, *, shrink: int) -> list[Figure]:
    """Seconds by the clock, and how many times longer one call at a time takes."""
    with moto() as address, proxy(address) as before:
        figures.fill(address, shrink=shrink)
        before.seconds = figures.ROUND_TRIP
        together = figures.measure(address, before, scratch / "together")
        alone = figures.measure(address, before, scratch / "alone", "--concurrency", "1")
    note = f"{together.calls} calls, {1000 * figures.ROUND_TRIP:.0f} ms each way and back"
    return [
        Figure(id="collect.seconds", name="collect: time", value=together.seconds, unit="s", note=note),
        Figure(id="collect.memory", name="collect: memory", value=together.mebibytes, unit="MiB"),
        Figure(
            id="collect.ratio",
            name="collect: one call at a time",
            value=alone.seconds / together.seconds,
            unit="times as long",
            at_least=3,
            note=f"{alone.seconds:.1f} s",
        ),
    ]
