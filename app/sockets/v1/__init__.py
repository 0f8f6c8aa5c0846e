"""Version 1 of the protocol, as its clients have always spoken it: one table in, one table out."""
