"""Snapshots as files: sealed, verified, described, compared, cut to what a control needs."""
