"""One frozen settings object: defaults < .perfagent.yml < PERFAGENT_* < flags; secrets from environment or file."""
