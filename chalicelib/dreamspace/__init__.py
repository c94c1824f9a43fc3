"""The Dreamspace API: users, transactions, specimens, events, documents and stamps of a partner's world."""
