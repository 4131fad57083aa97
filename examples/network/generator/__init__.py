"""The parts of the generated network, one module each; `examples/network.py` puts them together."""
