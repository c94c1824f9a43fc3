"""Every DynamoDB call of the ledger, by kind of row."""
