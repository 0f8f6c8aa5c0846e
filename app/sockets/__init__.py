"""The Socket.IO edge: where agents come in."""
