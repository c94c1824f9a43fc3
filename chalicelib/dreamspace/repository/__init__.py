"""Every DynamoDB call of Dreamspace, by kind of row."""
