"""Understanding source: languages, functions, routes and who calls whom. Reads files of the candidate's tree, never runs them."""
