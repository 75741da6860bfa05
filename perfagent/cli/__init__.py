"""The command line. Every heavy import happens inside the command that needs it."""
