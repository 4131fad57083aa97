"""Folders of `aws ... > file.json` in any naming, read as snapshots."""

from auditctl.dumps.dump import Defaults, Dump, Placed, Unrecognised, read_dump
from auditctl.dumps.source import Read, Source, read_source

__all__ = ["Defaults", "Dump", "Placed", "Read", "Source", "Unrecognised", "read_dump", "read_source"]
