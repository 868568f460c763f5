"""The only place that knows DynamoDB, keys and S3. Documents go in and out; nobody else sees a key."""
