"""Parties and the people of them: who they are, how they sign in, what they may do."""
