"""Demo shops: small storefronts that speak the protocols of real platforms, so that the laptop shows the whole story."""
