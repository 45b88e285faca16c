"""The statistical methods of the definitions, one file a subject, as pure functions of plain numbers.

`scipy.special` is imported freely; `scipy.stats`, which takes a second to import, only by the functions that need it.
"""
