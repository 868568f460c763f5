"""What runs Comptoir on one laptop: the engine, the event loops, the HTTP server. Never imported by chalicelib."""
