"""What the operator sees: health and explanations, on a listener of their own."""
