"""A company signs up by itself: what it says of itself, the mail's link, and what comes to be."""
