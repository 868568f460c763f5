"""The three stacks as pure functions from names and settings to CloudFormation templates."""
