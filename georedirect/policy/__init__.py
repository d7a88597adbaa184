"""What the operator says: the file format, regions, URI templates and their checks. Does no I/O."""
