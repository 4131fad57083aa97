"""`auditctl collect`: from live accounts to a snapshot.

Untrusted: whoever has a snapshot can export it again with the AWS CLI and compare. What could not be had is recorded in
its place, so that what is not known is never taken for what is not there.
"""

from auditctl.collect.run import Options, collect

__all__ = ["Options", "collect"]
