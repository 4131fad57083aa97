"""What AWS does: from a control and a snapshot to the questions whose answers decide each claim."""
