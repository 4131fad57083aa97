"""The kernel: formulas over sets, and the rules by which one is shown to have no model, or one."""
