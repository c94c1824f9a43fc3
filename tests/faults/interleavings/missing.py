"""Operations that are in no scene yet. Whoever adds one takes it out; a test fails for an entry that a scene has."""

MISSING: frozenset[str] = frozenset()
