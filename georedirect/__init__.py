"""The front door for sites with regional or language mirrors."""

__version__ = "0.1.0"
