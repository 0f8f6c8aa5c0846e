"""The sidecar: lives on a relay as one agent and executes the tasks that it is given."""
