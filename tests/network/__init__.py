"""Tests of networks: what the export says, and where packets get to."""
