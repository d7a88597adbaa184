"""How fresh data comes in: fetched, checked, put into place. A running door is not touched; it sees the new file."""
