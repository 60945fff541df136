"""Archives of whole days at a node: what an operator, or a timer, asks for."""
