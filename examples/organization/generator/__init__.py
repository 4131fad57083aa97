"""The parts of the generated organization, one module each; `examples/organization.py` puts them together."""
