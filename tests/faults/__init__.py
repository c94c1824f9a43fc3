"""Races, crashes and faulty neighbours: whatever happens, an invariant checker finds every partner's data sound."""
