"""Text from outside made safe: redaction of secrets, sanitising of hostile text."""
