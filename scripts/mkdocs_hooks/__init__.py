"""The site's hooks: what MkDocs calls while it builds. Each module stands alone."""
