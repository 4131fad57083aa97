"""Explanations for people: why a request is allowed, why none is, and why a claim is open."""
