"""Operations that are in no scene yet. Whoever adds one takes it out; a test fails for an entry that a scene has."""

MISSING: frozenset[str] = frozenset(
    {
        "POST /claim/code",
        "POST /claim/sign-in",
        "POST /claim/sign-out",
        "POST /claim/{contract}/{token}/address",
        "POST /claim/{contract}/{token}/message",
        "POST /claim/{contract}/{token}/mint",
        "POST /claim/{contract}/{token}/signed",
        "POST /i",
    }
)
