"""Simple ways to recommend that a network must beat to be worth its while.

A baseline is one file here with a function `fit(training, *, levels)`, which learns from the training ratings, a sparse
matrix (users, items) in stars, and their scale, `levels` ascending. It returns an object with

- `expected(known)`: (n, items) expected ratings in stars, or None where it says none;
- `scores(known)`: (n, items), by which items are ranked, or None where it ranks none;
- `chosen`: the settings that it chose, by name; it does so on a tenth of the training ratings that it holds out.

`known` is (n, items), what is known of n users, who need not be those of the training. A file that says `MOST_ITEMS`
needs memory for items times items and is left out where there are more; one that says `TAKES_ONE_LEVEL` is of use where
all ratings are alike too, as where they only say who took what.
"""
