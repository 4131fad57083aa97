"""Tests of collecting: a real server of moto on loopback, filled as a user fills an account."""
