"""Errors of calls to Odoo, sorted into the classes of ``core/errors.py``, in words for the operator."""
