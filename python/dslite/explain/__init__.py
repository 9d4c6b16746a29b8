"""Why a model answered as it did: maps of what speaks for a label, and what they are worth."""
