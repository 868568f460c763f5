"""Demo carriers: small servers that speak the protocols of real ones, so that the laptop buys and prints labels."""
