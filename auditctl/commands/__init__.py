"""One file for each command: its arguments and options, no logic. The table is in `auditctl.cli`."""
