"""The embedded MCP server, its client, and the tool definitions."""
