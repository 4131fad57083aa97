"""Every rule of AWS's authorization as data: a case that it decides, a neighbour, and an edit that switches it off."""
