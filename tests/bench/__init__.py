"""The figures of `make bench`: measured, compared with their goals, printed and written as JSON."""
