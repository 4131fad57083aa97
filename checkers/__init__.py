"""The checker: re-derives the question of every claim from the raw export and verifies its certificate.

Standard library only. It never searches. README.md beside this file says what must be believed.
"""
