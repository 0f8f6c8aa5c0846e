"""Delivery: brings what is stored to whoever reads, at least once and in order."""
