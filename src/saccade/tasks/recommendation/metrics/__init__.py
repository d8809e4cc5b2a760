"""Scores of expected ratings and rankings, on SciPy's sparse matrices, user by user.

Everywhere, n users are asked; what is stored in a matrix (n, items) is a rating, its value in stars. An item is a
candidate for a recommendation when the user has not rated it before: all such items are ranked, none are sampled, the
highest score first, of equal ones the item that stands first. It is relevant when it is asked and its rating at least
three quarters up the scale (4 stars of 5); users without a relevant item say nothing of a ranking and are left out.
"""
