"""Who is asking: client address, languages, the shape of the request. Does no I/O and knows no server."""
