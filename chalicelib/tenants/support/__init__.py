"""A company lets an operator of the platform in, for a reason and a time, and takes that back."""
