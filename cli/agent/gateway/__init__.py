"""OpenClaw's Gateway over its WebSocket protocol, version 4."""
