"""What the verbs of scripts/dev are made of."""
