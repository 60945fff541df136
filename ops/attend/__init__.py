"""Attending to a party's own system: what it reads, answers and hands over, by HTTP or folder."""
