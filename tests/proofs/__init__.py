"""What findings over Home Assistant core mean to a user, shown by running that very core.

`proved.json` is the table; each row names a scenario. A scenario runs on the integration as Home
Assistant ships it, where it must see the consequence, and on a counter, where it must not: the
integration with the fault fixed (`fixes/`), or another one that never had it.
"""
