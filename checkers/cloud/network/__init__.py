"""The network of a snapshot: what a packet can reach."""
