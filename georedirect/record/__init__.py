"""What is written of a request in the access log. Pure; writes nothing itself."""
