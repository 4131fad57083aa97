"""What a claim is, by source file of `checkers/cloud`."""
