"""Answers the request: the only room, with `watch/`, that knows Sanic."""
