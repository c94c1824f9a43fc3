"""Every DynamoDB call of Gardenlab, by kind of row."""
