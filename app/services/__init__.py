"""What the relay can do, whoever asks: rules and permission, no transport."""
