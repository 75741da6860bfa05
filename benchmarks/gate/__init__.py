"""How often do gates block unchanged code, and how often do they see a change of known size? Decisions with known truth."""
