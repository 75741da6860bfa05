"""How often an analyst is right: small services in many languages, one change that slows them, and changes that do not."""
