"""What perfagent asks of the outside world, in its own types. One to four methods each; adapters translate."""
