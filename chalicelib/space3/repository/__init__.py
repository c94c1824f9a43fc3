"""Every DynamoDB call of the missions, by kind of row."""
