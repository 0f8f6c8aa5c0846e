"""The MCP server: rooms, presence and tasks of a relay as tools of a model."""
