"""Tasks: one command for one agent, from the question to exactly one answer."""
