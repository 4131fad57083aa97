"""Proof-carrying compliance audit of exported AWS configuration."""

__version__ = "0.1.0"
