"""Are values that are called `reliable` right? Systems with known truth, good and bad settings."""
