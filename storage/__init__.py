"""Stores behind ports: what the relay keeps, and how it is kept."""
