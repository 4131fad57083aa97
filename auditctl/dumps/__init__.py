"""Folders of `aws ... > file.json` in any naming, read as snapshots."""

from auditctl.dumps.dump import Defaults, Dump, Placed, Unrecognised, read_dump

__all__ = ["Defaults", "Dump", "Placed", "Unrecognised", "read_dump"]
