"""Workers on many machines: what one does with a batch, and what the others make of its death."""
