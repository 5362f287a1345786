"""How a transaction adds up: lines, discounts, shipping, tax, total. Pure."""
