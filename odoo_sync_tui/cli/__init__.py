"""The command line: parse, call the service, print, and return an exit code.

Data goes to stdout and progress to stderr, so that ``odoo-sync-tui sync data-lake --json | jq`` works while a person
watches. Commands import their modules when they run: ``--help`` must not wait for drivers and screens.
"""
