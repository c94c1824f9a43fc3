"""Every read and write of the `spaces` table, by resource."""
