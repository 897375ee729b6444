"""The look-alike's models, fields and records: tables, domains, access rights and methods."""
