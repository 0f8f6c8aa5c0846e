"""The operator console: what people see of the relay in a browser."""
