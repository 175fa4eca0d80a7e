"""People: how their addresses come in, and how they are given out.

addresses   one address, checked and in one spelling
imports     a CSV file of any usual shape becomes subscribers
exports     everybody as CSV, one person as JSON
"""
