"""How fresh data comes in: fetched, checked, put into place. Knows no request; running doors see the new file."""
