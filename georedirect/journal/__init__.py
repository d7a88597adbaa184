"""Writes logs: one line a request to a file or stream, off the hot path, and what the server says of itself."""
