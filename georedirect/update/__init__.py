"""Putting a fresh database in the place of the one in use, if it is fit for that. Knows no request."""
