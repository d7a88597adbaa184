"""Whether caches keep visitors apart: what to ask, and what the answers tell. Asks nobody itself."""
