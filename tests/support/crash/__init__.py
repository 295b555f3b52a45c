"""Engines killed at random while a desk is at work, and what must hold of the rows afterwards.

`run.crash` does it. Engines are real `escalation engine` processes, forked from one that has
imported them already (`nursery`) so that hundreds of starts fit into minutes. Time is real: the
desk's promises are a few seconds long (`desk`), its people are another process (`people`), and its
mail server is `mailbox`.
"""
