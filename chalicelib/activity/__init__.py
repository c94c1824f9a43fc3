"""The ledger of countable acts and the links between a person's identities."""
