"""Customer lifetime value with its evidence."""
