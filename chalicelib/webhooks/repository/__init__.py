"""Every read and write of the `webhooks` table, by resource."""
