"""The carried path: rows of one neighbour on a medium, taken in there, answered, closed here."""
