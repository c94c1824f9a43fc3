"""The Spaces API: an account's spaces, customers, invoices, subscriptions, captured e-mails, and the events of them."""
