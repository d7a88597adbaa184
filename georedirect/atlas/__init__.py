"""A map of the world as SVG, each country painted by what happens to its visitors. Decides nothing, reads no file."""
